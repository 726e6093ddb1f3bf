import { type ComponentChild, h, type VNode } from 'preact';

export type Child = VNode | string | number | null | undefined | false | readonly Child[];

/** No functions and no objects: there is no way to write a handler, a style or raw HTML (F01, F02). */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function el(tag: string, attributes: Attributes, ...children: readonly Child[]): VNode {
  return h(tag, { ...attributes }, ...(children as ComponentChild[])) as VNode;
}
