"""The command line: `timesheet report FILE`."""

import argparse
import sys
from decimal import Decimal

from timesheet.entries import TimesheetError, hours_by_project, read_entries


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="timesheet", description="Reports what somebody worked.")
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="the hours of each project")
    report.add_argument("file", help="a CSV file with the columns day, project and hours")
    given = parser.parse_args(arguments)
    try:
        with open(given.file, encoding="utf-8", newline="") as lines:
            hours = hours_by_project(read_entries(lines))
    except (OSError, TimesheetError) as error:
        print(f"timesheet: {error}", file=sys.stderr)
        return 1
    print(as_text(hours))
    return 0


def as_text(hours: dict[str, Decimal]) -> str:
    rows = [*hours.items(), ("total", sum(hours.values(), Decimal(0)))]
    width = max(len(project) for project, _ in rows)
    return "\n".join(f"{project:<{width}}  {amount:>7.2f}" for project, amount in rows)
