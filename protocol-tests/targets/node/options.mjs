// What the environment says: the port, the times, and how many messages a chat keeps.
const { env, argv } = process;

export const port = Number(argv[2] ?? env.PORT);

export const kept = Number(env.HISTORY ?? 500);

export const options = {
  path: "/socket.io/",
  pingInterval: Number(env.PING_INTERVAL ?? 1000),
  pingTimeout: Number(env.PING_TIMEOUT ?? 1000),
  connectTimeout: Number(env.CONNECT_TIMEOUT ?? 3000),
  upgradeTimeout: Number(env.UPGRADE_TIMEOUT ?? 3000),
  cors: { origin: "*" },
};
