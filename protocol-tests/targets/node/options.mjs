// What the environment says: the port, the times, and how many messages a chat keeps.
const { env, argv } = process;

export const port = Number(argv[2] ?? env.PORT);

export const kept = Number(env.HISTORY ?? 500);

// So long a client may be away and come back as who it was; without it no client may.
const recovery = env.RECOVERY && { connectionStateRecovery: { maxDisconnectionDuration: Number(env.RECOVERY) } };

export const options = {
  path: "/socket.io/",
  pingInterval: Number(env.PING_INTERVAL ?? 1000),
  pingTimeout: Number(env.PING_TIMEOUT ?? 1000),
  connectTimeout: Number(env.CONNECT_TIMEOUT ?? 3000),
  upgradeTimeout: Number(env.UPGRADE_TIMEOUT ?? 3000),
  cors: { origin: "*" },
  ...recovery,
};
