/** Icons, drawn on a grid of 20 with a line of 1.5. They say nothing to screen readers: their buttons have names. */

const PATHS = {
  menu: "M3 5.5h14M3 10h14M3 14.5h9",
  plus: "M10 4v12M4 10h12",
  search: "M9 14.500A5.500 5.500 0 1 0 9 3.500a5.500 5.500 0 0 0 0 11ZM13.200 13.200 17 17",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  sliders: "M4 6h6M14 6h2M4 14h2M10 14h6M10 6a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM6 14a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  copy: "M7 7h9v9H7zM4 13V4h9",
  edit: "M4 16l.800-3.400L13 4.400l2.600 2.600-8.200 8.200L4 16ZM11.500 6l2.600 2.600",
  again: "M15.500 8A6 6 0 1 0 16 11M16 4v4h-4",
  forward: "M4 5l6 5-6 5V5ZM11 5l6 5-6 5V5Z",
  trash: "M4 6h12M8 6V4h4v2M5.500 6l.700 10h7.600l.700-10M8.500 9v4M11.500 9v4",
  pin: "M7.500 3.500h5l-.600 5 2.600 2.500h-9l2.600-2.500-.600-5ZM10 11v5.500",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
  close: "M5 5l10 10M15 5 5 15",
  attach:
    "M15.500 9.300l-5.700 5.700a3.600 3.600 0 0 1-5.100-5.100l5.900-5.900a2.400 2.400 0 0 1 3.400 3.400l-5.700 5.700a1.200 1.200 0 0 1-1.700-1.700l5-5",
  cube: "M10 3l6 3.500v7L10 17l-6-3.500v-7L10 3ZM4 6.500l6 3.500 6-3.500M10 10v7",
  gear: "M10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.500 1.500M13.500 13.500 15 15M15 5l-1.500 1.500M6.500 13.500 5 15",
  check: "M4.500 10.500 8.500 14.500 15.500 6",
  eye: "M2.500 10S5 5 10 5s7.500 5 7.500 5-2.500 5-7.500 5-7.500-5-7.500-5ZM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  chart: "M4 16V9M8 16V5M12 16v-5M16 16V7",
  file: "M6 3h5l4 4v10H6zM11 3v4h4",
  download: "M10 4v9M6 9.500l4 4 4-4M4 16.500h12",
  upload: "M10 13V4M6 7.500l4-4 4 4M4 16.500h12",
  tool: "M12.500 4a3.500 3.500 0 0 0-3.300 4.700L4 14l2 2 5.300-5.200A3.500 3.500 0 0 0 16 7.500l-2 1-1.500-1.500 1-2-1-1Z",
  warning: "M10 3.500 17.500 16h-15L10 3.500ZM10 8v4M10 14h.01",
  keyboard: "M3 6h14v8H3zM6 8.500h.01M9 8.500h.01M12 8.500h.01M14.500 8.500h.01M6.500 11.500h7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
