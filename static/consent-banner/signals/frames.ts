/** The IAB's way to publish an API: a function on window, and for frames a locator frame and messages. */

export type Reply = (data: unknown, success: boolean) => void;

export interface Call {
  readonly command?: unknown;
  readonly parameter?: unknown;
  readonly version?: unknown;
  readonly callId?: unknown;
}

export function publish(name: string, api: (...given: unknown[]) => unknown, relay: (call: Call, reply: Reply) => void): void {
  (window as unknown as Record<string, unknown>)[name] = api;
  const locator = `${name}Locator`;
  if (!(locator in window)) {
    const frame = document.createElement("iframe");
    frame.name = locator;
    frame.hidden = true;
    // In the head it takes no room, and routers that replace the body leave it alone.
    document.head.append(frame);
  }
  addEventListener("message", ({ data, source }) => {
    const asText = typeof data === "string";
    const call = read(data)?.[`${name}Call`];
    if (typeof call !== "object" || call === null || !source) return;
    relay(call, (returnValue, success) => {
      const answer = { [`${name}Return`]: { returnValue, success, callId: (call as Call).callId } };
      // Nothing in it is secret from the frame that asks, and a sandboxed frame has no origin to name.
      source.postMessage(asText ? JSON.stringify(answer) : answer, { targetOrigin: "*" });
    });
  });
}

function read(data: unknown): Record<string, unknown> | null {
  try {
    return (typeof data === "string" ? JSON.parse(data) : data) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
