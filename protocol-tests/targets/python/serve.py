"""What all contracts share: the times, and an HTTP server."""
import os
import sys

from aiohttp import web

options = {
    "async_mode": "aiohttp",
    "cors_allowed_origins": "*",
    "ping_interval": int(os.environ.get("PING_INTERVAL", 1000)) / 1000,
    "ping_timeout": int(os.environ.get("PING_TIMEOUT", 1000)) / 1000,
}


def serve(server):
    """Serves it until the process is ended."""
    app = web.Application()
    server.attach(app, "/socket.io/")
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ["PORT"])
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)
