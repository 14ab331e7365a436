// Makes things that carry strings look like a MessagePort to oRPC: one of many ports inside a parent's channel.

/** What oRPC's message-port adapters need of a port. */
export interface StringPort {
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown): void;
  start(): void;
}

export interface PortEnd {
  port: StringPort;
  /** A string arrived from the other side. */
  deliver(data: string): void;
  /** The other side is gone: pending calls and streams end. */
  close(): void;
}

/** One end of a relayed connection; `send` carries a string to the other side and may throw when that side is gone. */
export function createPortEnd(send: (data: string) => void): PortEnd {
  const onMessage: ((event: { data: unknown }) => void)[] = [];
  const onClose: ((event: { data: unknown }) => void)[] = [];
  return {
    port: {
      addEventListener: (type, listener) => {
        if (type === 'message') onMessage.push(listener);
        if (type === 'close') onClose.push(listener);
      },
      postMessage: (message) => send(String(message)),
      start: () => {},
    },
    deliver: (data) => {
      for (const listener of onMessage) listener({ data });
    },
    close: () => {
      for (const listener of onClose) listener({ data: null });
    },
  };
}
