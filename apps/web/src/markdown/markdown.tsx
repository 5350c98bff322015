/** Markdown as a view: blocks that do not change are not drawn again. */
import { memo } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Block, BlockSplitter } from "./blocks.ts";
import { copyCode, renderMarkdown } from "./render.ts";

export function Markdown({ text }: { readonly text: string }) {
  const splitter = useRef<BlockSplitter | undefined>(undefined);
  splitter.current ??= new BlockSplitter();
  const blocks = splitter.current.split(text);
  return (
    <div class="markdown" dir="auto" onClick={copyCode}>
      {blocks.map((block) => (
        <BlockView key={block.from} block={block} />
      ))}
    </div>
  );
}

const BlockView = memo(function BlockView({ block }: { readonly block: Block }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    place.current?.replaceChildren(renderMarkdown(block.raw));
  }, [block]);
  return <div class="block" ref={place} />;
});
