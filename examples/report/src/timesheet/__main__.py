from timesheet.command import main

raise SystemExit(main())
