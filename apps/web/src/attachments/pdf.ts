/** The text of a PDF, page by page. The file is a stranger's: nothing in it is run or fetched. */
import { GlobalWorkerOptions, getDocument } from "pdfjs-dist";

/** Pages that are read. */
const MOST_PAGES = 500;

/** @throws Error for files that are damaged or locked. */
export async function pdfText(bytes: Uint8Array, name: string): Promise<string> {
  GlobalWorkerOptions.workerPort ??= new Worker(
    new URL("pdfjs-dist/build/pdf.worker.min.mjs", import.meta.url),
    { type: "module" },
  );
  const loading = getDocument({
    data: bytes,
    // Tables of characters for Chinese, Japanese and Korean; they lie beside the page.
    cMapUrl: new URL("cmaps/", document.baseURI).href,
    cMapPacked: true,
    isEvalSupported: false,
    useSystemFonts: false,
    enableXfa: false,
  });
  try {
    const pdf = await loading.promise;
    const pages: string[] = [];
    for (let number = 1; number <= Math.min(pdf.numPages, MOST_PAGES); number++) {
      const content = await (await pdf.getPage(number)).getTextContent();
      pages.push(
        content.items.map((item) => ("str" in item ? `${item.str}${item.hasEOL ? "\n" : ""}` : "")).join(""),
      );
    }
    return pages.join("\n\n");
  } catch (error) {
    const reason =
      (error as Error).name === "PasswordException"
        ? "it is locked with a password"
        : (error as Error).message;
    throw new Error(`Cannot read ${name}: ${reason}`, { cause: error });
  } finally {
    await loading.destroy();
  }
}
