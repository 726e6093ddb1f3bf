type Content = Node | string;
type Attributes = Readonly<Record<string, string | number>>;

const SVG = 'http://www.w3.org/2000/svg';

/** An element of the page. Texts stay texts: nothing is ever read as markup. */
export function html(name: string, attributes: Attributes, ...content: readonly Content[]): HTMLElement {
  return filled(document.createElement(name), attributes, content);
}

export function svg(name: string, attributes: Attributes, ...content: readonly Content[]): SVGElement {
  return filled(document.createElementNS(SVG, name) as SVGElement, attributes, content);
}

function filled<Kind extends Element>(element: Kind, attributes: Attributes, content: readonly Content[]): Kind {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...content);
  return element;
}
