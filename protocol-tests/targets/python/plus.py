"""The contract `plus` (../CONTRACTS.md) on python-socketio; has refusal-data, groups, throw."""
import socketio
from socketio.exceptions import ConnectionRefusedError

from plus_events import answer
from serve import options, serve

server = socketio.AsyncServer(**options, namespaces="*")


@server.on("connect", namespace="*")
async def connect(namespace, sid, environ, auth):
    if namespace == "/deny" and (auth or {}).get("admit") is not True:
        raise ConnectionRefusedError("denied", {"code": 7})
    if namespace in ("/", "/custom"):
        # What is emitted in here itself goes out before the answer to the CONNECT.
        server.start_background_task(server.emit, "auth", auth or {}, to=sid, namespace=namespace)
    elif namespace != "/deny" and not namespace.startswith("/kit-"):
        raise ConnectionRefusedError("Invalid namespace")


@server.on("*", namespace="*")
async def event(name, namespace, sid, *args):
    return await answer(server, name, namespace, sid, args)


serve(server)
