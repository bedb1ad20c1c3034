// The three ways that a stock client may travel, and the transport that each ends on.
export const MODES = [
  { name: "polling", transports: ["polling"], ends: "polling" },
  { name: "websocket", transports: ["websocket"], ends: "websocket" },
  { name: "upgrade", transports: undefined, ends: "websocket" },
];
