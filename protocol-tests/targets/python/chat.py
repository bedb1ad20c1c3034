"""The contract `chat` (../CONTRACTS.md) on python-socketio."""
import os
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import socketio
from socketio.exceptions import ConnectionRefusedError

from serve import options, serve

server = socketio.AsyncServer(**options, namespaces="*")
histories = defaultdict(list)
kept = int(os.environ.get("HISTORY", 500))
india = timezone(timedelta(hours=5, minutes=30))


@server.on("connect", namespace="*")
async def connect(namespace, sid, environ, auth):
    if namespace != "/" and not namespace.startswith("/kit-"):
        raise ConnectionRefusedError("Invalid namespace")
    # What is emitted here goes out before the answer to the CONNECT.
    server.start_background_task(server.emit, "message", histories[namespace], to=sid, namespace=namespace)


@server.on("message", namespace="*")
async def message(namespace, sid, *args):
    match args:
        case ({"name": str(name), "input": str(text)}, *_):
            time = datetime.now(india).strftime("%H:%M")
            history = histories[namespace]
            history.append({"clientId": sid, "name": name, "message": text, "timeStamp": time})
            del history[:-kept]
            await server.emit("message", history, namespace=namespace)
            return {"ok": True}
    return {"error": "name and input must be strings"}


serve(server)
