import { directive, Directive, type ElementPart, type PartInfo, PartType } from "lit/directive.js";
import { nothing } from "lit";

type Styles = Readonly<Record<string, string>>;

/** Sets style properties one by one: the page's policy lets no style attribute in. */
class StyledDirective extends Directive {
  private before: Styles = {};

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) {
      throw new Error("Styles belong to an element.");
    }
  }

  override render(styles: Styles): typeof nothing {
    this.before = styles;
    return nothing;
  }

  override update({ element }: ElementPart, [styles]: [Styles]): typeof nothing {
    const { style } = element as HTMLElement;
    for (const name of Object.keys(this.before)) {
      if (!(name in styles)) {
        style.removeProperty(name);
      }
    }
    for (const [name, value] of Object.entries(styles)) {
      if (this.before[name] !== value) {
        style.setProperty(name, value);
      }
    }
    this.before = styles;
    return nothing;
  }
}

export const styled = directive(StyledDirective);
