import { Editor } from "./editor";
import { checkedToPage } from "./messages";
import { TimelinePage } from "./timeline_page";

const editor = new Editor();

customElements.define("treadle-timeline", TimelinePage);

const page = new TimelinePage(editor);
document.body.append(page);
window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  const checked = checkedToPage(data);
  if ("problem" in checked) {
    console.error(checked.problem);
  } else {
    page.take(checked.message);
  }
});
void page.updateComplete.then(() => editor.post({ kind: "ready" }));
