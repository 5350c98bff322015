/** Work before the next frame. Hidden pages draw none; there a timer takes its place. */

const HIDDEN_PAUSE = 300;

/** @returns what cancels it. */
export function beforeNextFrame(work: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(work, HIDDEN_PAUSE);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(work);
  return () => cancelAnimationFrame(frame);
}
