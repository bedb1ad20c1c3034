"""The contract `engine-echo` (../CONTRACTS.md) on python-engineio."""
import engineio

from serve import options, serve

server = engineio.AsyncServer(**options)


@server.on("message")
async def message(sid, data):
    await server.send(sid, data)


serve(server)
