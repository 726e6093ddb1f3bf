import { type ComponentChildren, h, type VNode } from 'preact';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An SVG element. Text and attributes are escaped when it is rendered, and nowhere before. */
export function svg(name: string, attributes: Attributes, ...children: ComponentChildren[]): VNode {
  // Preact renders an empty attribute without a value, which HTML allows and XML does not.
  const filled = Object.entries(attributes).filter(([, value]) => value !== '');
  return h(name, Object.fromEntries(filled), ...children) as VNode;
}
