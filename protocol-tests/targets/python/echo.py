"""The contract `echo` (../CONTRACTS.md) on python-socketio."""
import socketio

from serve import options, serve

# Without always_connect, what a connect handler emits goes out before the answer to the CONNECT.
server = socketio.AsyncServer(**options, namespaces=["/", "/custom"], always_connect=True)


@server.on("connect", namespace="*")
async def connect(namespace, sid, environ, auth):
    await server.emit("auth", auth or {}, to=sid, namespace=namespace)


@server.on("message")
async def message(sid, *args):
    await server.emit("message-back", args, to=sid)


@server.on("message-with-ack")
async def message_with_ack(sid, *args):
    return args


serve(server)
