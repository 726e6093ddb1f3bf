import { svg } from './elements.ts';

/** What the stylesheet gives to the marks of a chart; a picture that leaves the page has to take it along. */
const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-linejoin',
  'stroke-linecap',
  'font-family',
  'font-weight',
];
/** Pixels for each unit of the picture: sharp on dense screens too. */
const PNG_SCALE = 2;

/** The text of an SVG file that looks as the picture does now, in this reader's colours. `about` says where it is from. */
export function svgFileOf(picture: SVGSVGElement, about: string): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const [marks, copies] = [picture, copy].map((root) => [...root.querySelectorAll<SVGElement>('*')]);
  for (const [n, mark] of marks!.entries()) {
    const style = getComputedStyle(mark);
    for (const name of PROPERTIES) copies![n]!.setAttribute(name, style.getPropertyValue(name));
    copies![n]!.removeAttribute('class');
  }
  const { width, height } = picture.viewBox.baseVal;
  copy.prepend(svg('desc', {}, about), svg('rect', { width, height, fill: background() }));
  for (const [name, value] of Object.entries({ width, height })) copy.setAttribute(name, String(value));
  copy.removeAttribute('class');
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}

/**
 * The same as PNG. It is drawn mark by mark: to load the SVG as an image the pages' security policy would have to allow
 * images that are not files of the site.
 */
export function pngFileOf(picture: SVGSVGElement): Promise<Blob | null> {
  const { width, height } = picture.viewBox.baseVal;
  const canvas = document.createElement('canvas');
  canvas.width = width * PNG_SCALE;
  canvas.height = height * PNG_SCALE;
  const pen = canvas.getContext('2d')!;
  pen.scale(PNG_SCALE, PNG_SCALE);
  pen.fillStyle = background();
  pen.fillRect(0, 0, width, height);
  for (const mark of picture.querySelectorAll<SVGGraphicsElement>('path,polyline,polygon,circle,text')) draw(pen, mark);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

function background(): string {
  return getComputedStyle(document.documentElement).getPropertyValue('--chart-background').trim() || 'white';
}

function draw(pen: CanvasRenderingContext2D, mark: SVGGraphicsElement): void {
  const style = getComputedStyle(mark);
  pen.save();
  const moved = mark.transform.baseVal.consolidate()?.matrix;
  if (moved !== undefined) pen.translate(moved.e, moved.f);
  if (mark instanceof SVGTextElement) drawText(pen, mark, style);
  else drawShape(pen, shapeOf(mark), style);
  pen.restore();
}

function drawText(pen: CanvasRenderingContext2D, mark: SVGTextElement, style: CSSStyleDeclaration): void {
  const alignments: Record<string, CanvasTextAlign> = { middle: 'center', end: 'end' };
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  pen.textAlign = alignments[style.textAnchor] ?? 'start';
  pen.fillStyle = style.fill;
  const [x, y] = ['x', 'y'].map((name) => Number(mark.getAttribute(name)));
  pen.fillText(mark.textContent ?? '', x!, y!);
}

function drawShape(pen: CanvasRenderingContext2D, shape: Path2D, style: CSSStyleDeclaration): void {
  if (style.fill !== 'none') {
    pen.fillStyle = style.fill;
    pen.fill(shape);
  }
  if (style.stroke === 'none') return;
  pen.strokeStyle = style.stroke;
  pen.lineWidth = Number.parseFloat(style.strokeWidth);
  pen.lineJoin = style.strokeLinejoin as CanvasLineJoin;
  pen.lineCap = style.strokeLinecap as CanvasLineCap;
  pen.setLineDash(style.strokeDasharray.match(/[\d.]+/g)?.map(Number) ?? []);
  pen.stroke(shape);
}

function shapeOf(mark: SVGGraphicsElement): Path2D {
  const number = (name: string) => Number(mark.getAttribute(name));
  if (mark instanceof SVGCircleElement) {
    const circle = new Path2D();
    circle.arc(number('cx'), number('cy'), number('r'), 0, 2 * Math.PI);
    return circle;
  }
  const points = mark.getAttribute('points');
  if (points === null) return new Path2D(mark.getAttribute('d') ?? '');
  return new Path2D(`M${points.trim().replaceAll(' ', 'L')}${mark instanceof SVGPolygonElement ? 'Z' : ''}`);
}
