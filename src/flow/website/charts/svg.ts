import { type ComponentChildren, h, type VNode } from 'preact';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An SVG element. Text and attributes are escaped when it is rendered, and nowhere before. */
export function svg(name: string, attributes: Attributes, ...children: ComponentChildren[]): VNode {
  return h(name, attributes, ...children) as VNode;
}
