// Draws the main chart. The only file that knows ECharts, and the only one that is loaded late.
import type { EChartsCoreOption } from "echarts/core";
import { init, use } from "echarts/core";
import { LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import { pictureButtons } from "./picture";

use([LineChart, GridComponent, TooltipComponent, SVGRenderer]);

export interface ChartData {
  readonly label: string;
  readonly name: string;
  readonly ticks: readonly string[];
  readonly names: readonly string[];
  readonly values: readonly number[];
  readonly beforeNames: readonly string[] | null;
  readonly before: readonly (number | null)[] | null;
  readonly isLastOpen: boolean;
  readonly soFar: string;
  readonly format: (value: number) => string;
  readonly formatAxis: (value: number) => string;
  readonly wholeNumbers: boolean;
  /** What was noted at each tick, empty where nothing was. */
  readonly notes?: readonly string[];
}

type Chart = ReturnType<typeof init>;
const drawn = new WeakMap<HTMLElement, { chart: Chart; data: ChartData }>();

/** Draw `data` into `element`, or change what is drawn there. Follows the element's size and the colour scheme. */
export function drawChart(element: HTMLElement, data: ChartData): void {
  const known = drawn.get(element);
  if (known) {
    known.data = data;
    known.chart.setOption(optionsOf(element, data), true);
  } else {
    element.replaceChildren();
    const chart = init(element, null, { renderer: "svg" });
    const entry = { chart, data };
    drawn.set(element, entry);
    element.after(pictureButtons(element, () => ({ title: entry.data.name, about: entry.data.label })));
    chart.setOption(optionsOf(element, data));
    new ResizeObserver(() => chart.resize()).observe(element);
    const recolour = (): void => chart.setOption(optionsOf(element, entry.data), true);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  }
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", data.label);
}

function optionsOf(element: HTMLElement, data: ChartData): EChartsCoreOption {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const font = { fontFamily: style.fontFamily, fontSize: 12, color: colour("muted") };
  const last = data.values.length - 1;
  const few = data.values.length < 3;
  // The last step is still being counted: drawn dashed, so that it does not read as a fall.
  const open = data.isLastOpen && last > 0;
  const line = { type: "line", symbol: "circle", symbolSize: 7, smooth: 0.15, smoothMonotone: "x", showSymbol: few };
  const main = { color: colour("series-1"), width: 2.25 };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    animationDurationUpdate: 250,
    textStyle: font,
    grid: { left: 4, right: 12, top: 16, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: {
      type: "category",
      data: data.ticks,
      boundaryGap: few,
      axisLine: { lineStyle: { color: colour("line-strong") } },
      axisTick: { show: false },
      axisLabel: { ...font, hideOverlap: true, margin: 12, alignMinLabel: few ? null : "left", alignMaxLabel: few ? null : "right" },
    },
    yAxis: {
      type: "value",
      splitNumber: 4,
      ...(data.wholeNumbers ? { minInterval: 1 } : {}),
      axisLabel: { ...font, formatter: data.formatAxis },
      splitLine: { lineStyle: { color: colour("line") } },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      transitionDuration: 0,
      backgroundColor: colour("raised"),
      borderColor: colour("line-strong"),
      padding: [10, 12],
      axisPointer: { type: "line", lineStyle: { color: colour("line-strong"), type: "solid" } },
      textStyle: { color: colour("text") },
      formatter: (parameters: unknown) => tooltip(parameters, data),
    },
    series: [
      data.before && {
        ...line,
        name: "before",
        symbolSize: 5,
        data: data.before,
        lineStyle: { color: colour("series-2"), width: 1.75, type: [3, 4] },
        itemStyle: { color: colour("series-2") },
      },
      {
        ...line,
        name: "now",
        data: open ? data.values.slice(0, last) : data.values,
        lineStyle: main,
        itemStyle: { color: main.color },
        areaStyle: { color: colour("series-1-area") },
      },
      open && {
        ...line,
        name: "now",
        showSymbol: false,
        data: data.values.map((value, index) => (index >= last - 1 ? value : null)),
        lineStyle: { ...main, type: [5, 5] },
        itemStyle: { color: main.color },
        areaStyle: { color: colour("series-1-area") },
      },
      data.notes?.some(Boolean) && {
        type: "line",
        name: "notes",
        symbol: "pin",
        symbolSize: 20,
        showSymbol: true,
        data: data.notes.map((note) => (note ? 0 : null)),
        lineStyle: { width: 0 },
        itemStyle: { color: colour("accent") },
      },
    ].filter(Boolean),
  };
}

interface Hovered {
  readonly dataIndex: number;
  readonly seriesName: string;
  readonly marker: string;
}

// One line for each value at the pointer. The dashed end repeats the point it starts from, which is named once.
function tooltip(parameters: unknown, data: ChartData): string {
  const hovered: readonly Hovered[] = Array.isArray(parameters) ? parameters : [];
  const lines = ["now", "before"].flatMap((series) => {
    const found = hovered.find(({ seriesName, dataIndex }) => seriesName === series && hasValue(data, series, dataIndex));
    if (!found) return [];
    const index = found.dataIndex;
    if (series === "before") {
      return [`${found.marker}${plain(data.format(data.before?.[index] ?? 0))}   ${plain(data.beforeNames?.[index] ?? "")}`];
    }
    const isOpen = data.isLastOpen && index === data.values.length - 1;
    const name = `${data.names[index] ?? ""}${isOpen ? ` (${data.soFar})` : ""}`;
    return [`${found.marker}${plain(data.format(data.values[index] ?? 0))}   ${plain(name)}`];
  });
  const note = data.notes?.[hovered[0]?.dataIndex ?? -1];
  if (note) lines.push(plain(wrapped(note)));
  return lines.join("\n");
}

// A tooltip breaks no lines by itself.
function wrapped(note: string): string {
  return note.replace(/(.{1,60})(?:\s+|$)/g, "$1\n").trimEnd();
}

function hasValue(data: ChartData, series: string, index: number): boolean {
  return series === "now" ? index < data.values.length : (data.before?.[index] ?? null) !== null;
}

// Braces and bars are the marks of ECharts' rich text.
function plain(value: string): string {
  return value.replace(/[{}|]/g, " ");
}
