"""A Socket.IO server in Python's standard library alone, written from the chapters of fixtures/ and from nothing else.

    python3 server.py 3000

Five parts, from the bytes up; behind a function stands its chapter. The contract is `echo` of ../CONTRACTS.md. There is one
thread and one event loop: between two `await`s nothing else happens, and that is all the locking there is.
"""
import asyncio, base64, codecs, contextlib, hashlib, http, json, os, re, secrets, sys, urllib.parse

PING_INTERVAL_S, PING_TIMEOUT_S, CONNECT_TIMEOUT_S, UPGRADE_TIMEOUT_S = (
    int(os.environ.get(name, default)) / 1000 for name, default in (
        ("PING_INTERVAL", 1000), ("PING_TIMEOUT", 1000), ("CONNECT_TIMEOUT", 3000), ("UPGRADE_TIMEOUT", 3000)))
HEAD_S, BODY_S, LINGER_S = 10, 30, 2  # for a head and the silence before it, for a body, for the client to see the end
HEAD_LIMIT, MAX_PAYLOAD, UNSENT_LIMIT = 16 * 1024, 1_000_000, 4 * 1024 * 1024  # what nobody fetches is not kept for ever
GONE = (OSError, EOFError, asyncio.TimeoutError)  # the client is, or might as well be

# ---- 1. HTTP/1.1: the head, the body, the answer. Chapters: fixtures/robustness/http, origins

REQUEST_LINE = re.compile(r"([A-Z]+) (?:http://[^/ ]*)?(/[^ ?]*)(?:\?([^ ]*))? HTTP/1\.([01])")
FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)")
CHUNK = re.compile(b"([0-9A-Fa-f]{1,8})[ \t]*[;\r]")

class Refusal(Exception):  # an answer that is not 200
    def __init__(self, status, body="", **headers):
        super().__init__(status, body, headers)

class Request:
    """The head of a request. Its body is read when somebody wants it."""

    def __init__(self, reader, writer, head):
        self.reader, self.writer, self.headers = reader, writer, {}
        line, *fields = head.split("\r\n")
        line, fields = REQUEST_LINE.fullmatch(line), [FIELD.fullmatch(field) for field in fields]
        if not line or None in fields:
            raise Refusal(400)
        self.method, self.path, query, minor = line.groups()
        # Percent-decoded, and of two equal keys the last counts: fixtures/engine.io/02-handshake.
        self.query = dict(urllib.parse.parse_qsl(query or "", keep_blank_values=True))
        for field in fields:
            name, value = field[1].lower(), field[2].strip(" \t")
            if name in self.headers and name in ("host", "content-length", "transfer-encoding"):
                raise Refusal(400)
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        length, coding = self.headers.get("content-length", "0"), self.headers.get("transfer-encoding")
        # Of where the next request begins there may be one opinion only.
        if (not re.fullmatch("[0-9]{1,15}", length) or minor == "1" and "host" not in self.headers
                or coding and (coding.lower() != "chunked" or minor == "0" or "content-length" in self.headers)):
            raise Refusal(400)
        self.length, self.chunked = int(length), bool(coding)
        self.unread = self.chunked or self.length > 0
        self.closes = minor == "0" or "close" in self.words("connection")

    def words(self, name):
        return [word.strip().lower() for word in self.headers.get(name, "").split(",")]

    async def body(self):
        """All of it, or a Refusal before too much has been read: fixtures/engine.io/08-limits."""
        if self.length > MAX_PAYLOAD:
            raise Refusal(413)
        if "100-continue" in self.words("expect"):
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        reading = self.chunks() if self.chunked else self.reader.readexactly(self.length)
        body, self.unread = await asyncio.wait_for(reading, BODY_S), False
        return body

    async def chunks(self):
        body, size = bytearray(), None  # to put bytes together from many pieces takes quadratic time
        while size != 0:
            line = CHUNK.match(await self.reader.readuntil(b"\r\n"))
            if not line or len(body) + int(line[1], 16) > MAX_PAYLOAD:
                raise Refusal(413 if line else 400)
            size = int(line[1], 16)
            chunk = await self.reader.readexactly(size + 2) if size else b"\r\n"
            if chunk[size:] != b"\r\n":
                raise Refusal(400)
            body += chunk[:size]
        while await self.reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return body

def answer(writer, status, body="", headers=(), closes=False):
    """No cache may keep it (fixtures/engine.io/02-handshake), and any page may read it (fixtures/robustness/origins)."""
    fields = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", **dict(headers)}
    if status not in (101, 204):
        fields = {"Content-Type": "text/plain; charset=UTF-8", "Content-Length": len(body.encode()), **fields}
    fields.update({"Connection": "close"} if closes else {})
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    writer.write(f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n{head}\r\n{body}".encode())

async def serve(reader, writer):
    """One TCP connection. It is kept after an answer, unless the rest of the request is still in it."""
    last = False
    try:
        while not last:
            request, status, headers = None, 200, {}
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S)
                request = Request(reader, writer, head.decode("latin-1").strip("\r\n"))
                body = await respond(request)
            except asyncio.LimitOverrunError:
                status, body = 431, ""
            except Refusal as refusal:
                status, body, headers = refusal.args
            last = not request or request.closes or request.unread
            answer(writer, status, body, headers, last)
            await writer.drain()
    except GONE:
        pass
    finally:
        # To close while bytes are unread is a reset, which overtakes the answer: for a moment they are read and dropped.
        asyncio.get_running_loop().call_later(LINGER_S, writer.transport.abort)
        with contextlib.suppress(*GONE, RuntimeError):
            writer.write_eof()
            while await reader.read(65536):
                pass
        writer.close()

# ---- 2. WebSocket, RFC 6455. Chapters: fixtures/engine.io/04-websocket, 11-frames

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
CLOSE_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}

class WebSocket:
    def __init__(self, request):
        """Switches the protocols, or refuses to."""
        self.reader, self.writer, self.closing = request.reader, request.writer, False
        if request.headers.get("sec-websocket-version") != "13":
            raise Refusal(426, Sec_WebSocket_Version="13")
        key = request.headers.get("sec-websocket-key", "")
        if not re.fullmatch("[A-Za-z0-9+/]{22}==", key):  # sixteen bytes
            raise Refusal(400)
        digest = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": digest.decode()}
        if "sec-websocket-protocol" in request.headers:
            headers["Sec-WebSocket-Protocol"] = request.headers["sec-websocket-protocol"].split(",")[0].strip()
        answer(self.writer, 101, headers=headers)

    def send(self, message):
        self.write(BINARY, message) if isinstance(message, bytes) else self.write(TEXT, message.encode())

    def write(self, opcode, payload):
        """Nobody waits here: what the network does not take is kept by asyncio, up to a limit."""
        size = len(payload)
        length = (bytes([size]) if size < 126 else
                  b"\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x7f" + size.to_bytes(8, "big"))
        if not self.closing:
            self.writer.write(bytes([0x80 | opcode]) + length + payload)
        if self.writer.transport.get_write_buffer_size() > UNSENT_LIMIT:  # fixtures/robustness/attacks
            self.writer.transport.abort()

    def close(self, code=1000):
        """The last frame. The client has a moment to answer it; then reading fails."""
        if not self.closing:
            self.write(CLOSE, code.to_bytes(2, "big") if code else b"")
            self.closing = True
            asyncio.get_running_loop().call_later(LINGER_S, self.writer.transport.abort)
            with contextlib.suppress(OSError):  # the client may have reset the connection
                self.writer.write_eof()

    def fail(self, code):
        self.close(code)
        raise ConnectionError(code)

    async def receive(self):
        """The next message, text or bytes: one frame, or several, with control frames between them."""
        kind, parts, size = None, [], 0
        utf8 = codecs.getincrementaldecoder("utf-8")()  # a frame may end amid a character
        while True:
            final, opcode, payload = await self.frame(MAX_PAYLOAD - size)
            if opcode == CLOSE:
                self.closed(payload)
            elif opcode == PING:
                self.write(PONG, payload)
            elif opcode != PONG:
                if (opcode == CONTINUATION) == (kind is None):
                    self.fail(1002)
                kind, size = kind or opcode, size + len(payload)
                parts.append(utf8.decode(payload, final) if kind == TEXT else payload)
                if final:
                    return ("" if kind == TEXT else b"").join(parts)

    async def frame(self, room):
        first, second = await self.reader.readexactly(2)
        final, opcode, length = bool(first & 0x80), first & 15, second & 127
        if (first & 0x70 or not second & 0x80 or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG)
                or opcode >= CLOSE and (length > 125 or not final)):
            self.fail(1002)
        if length > 125:
            length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
        if opcode < CLOSE and length > room:
            self.fail(1009)
        mask, payload = await self.reader.readexactly(4), await self.reader.readexactly(length)
        # To xor two long numbers takes the time of a few turns of a loop over bytes.
        mask = int.from_bytes((mask * (length // 4 + 1))[:length], "big")
        return final, opcode, (int.from_bytes(payload, "big") ^ mask).to_bytes(length, "big")

    def closed(self, payload):
        """A close frame holds nothing, or a code of two bytes and a reason. It is answered with its own code."""
        code = int.from_bytes(payload[:2], "big")
        if payload and (len(payload) == 1 or code not in CLOSE_CODES):
            self.fail(1002)
        payload[2:].decode()
        self.fail(code)

# ---- 3. Engine.IO: one session, whatever carries it. Chapters: fixtures/engine.io/01-packets to 08-limits
#    A packet is a str, or bytes if it is a binary message. What is no packet is a ValueError, in all layers.

def decode(text):  # 01-packets
    if text[:1] == "b":
        return base64.b64decode(text[1:], validate=True)
    if text[:1] not in tuple("0123456"):
        raise ValueError("no packet")
    return text

def encode(packet):
    return "b" + base64.b64encode(packet).decode() if isinstance(packet, bytes) else packet

def let_go(held):
    """A GET takes what waits when its own turn comes, so that what is said at once leaves at once."""
    if held and not held.done():
        held.set_result(None)

class Session:
    def __init__(self, carrier=None):
        self.sid, self.loop = secrets.token_urlsafe(15), asyncio.get_running_loop()
        self.carrier, self.trial = carrier, None  # the WebSocket that carries the session; one that is being tried
        self.held, self.posting = None, False  # a future for the GET that waits; is a POST being read?
        self.queue, self.queued = [], 0  # packets for the next GET, or for the WebSocket; their length
        self.farewell = None  # how the last GET ends; None while the session lives
        self.timer = self.loop.call_later(PING_INTERVAL_S, self.ping)
        self.client = Echo(self)
        sessions[self.sid] = self

    def greeting(self, upgrades):  # 02-handshake
        return "0" + json.dumps({"sid": self.sid, "upgrades": upgrades, "pingInterval": int(PING_INTERVAL_S * 1000),
                                 "pingTimeout": int(PING_TIMEOUT_S * 1000), "maxPayload": MAX_PAYLOAD})

    def ping(self):  # 05-heartbeat
        self.timer = self.loop.call_later(PING_TIMEOUT_S, self.close)
        self.send("2")

    def pong(self):
        self.timer.cancel()
        self.timer = self.loop.call_later(PING_INTERVAL_S, self.ping)

    def send(self, packet):
        if self.carrier:
            return self.carrier.send(packet)
        self.queue.append(packet)
        self.queued += len(packet)
        let_go(self.held)
        if self.queued > UNSENT_LIMIT:
            self.close()

    def receive(self, packet):
        if self.farewell:
            return  # nothing counts behind the packet that ended the session
        try:
            if isinstance(packet, bytes) or packet[0] == "4":
                self.client.receive(packet if isinstance(packet, bytes) else packet[1:])
            elif packet[0] == "3":
                self.pong()
            elif packet[0] == "1":
                self.close(farewell="6")
            elif packet[0] == "2":
                raise ValueError("only servers ask")
        except (ValueError, RecursionError):  # fixtures/socket.io/07-errors
            self.close()

    def close(self, farewell="1"):  # 07-closing
        if not self.farewell:
            self.farewell = farewell
            del sessions[self.sid]
            self.timer.cancel()
            let_go(self.held)
            for socket in filter(None, (self.carrier, self.trial)):
                socket.close()

    async def get(self, request):  # 03-polling, 10-polling-gone-wrong
        if self.trial:
            await asyncio.sleep(0.01)  # a `5` that was sent before this GET may not have been read yet
        if self.held:
            self.close()
        if self.carrier or self.farewell:
            raise refused(3)
        held = self.held = self.loop.create_future()
        if self.queue:
            let_go(held)
        elif self.trial:
            self.loop.call_later(0.1, let_go, held)  # a client that polls on would be back at once
        # Ends with the connection, or when more is said behind a GET that waits than a head may have. It takes nothing away.
        hung_up = asyncio.ensure_future(request.reader.readexactly(HEAD_LIMIT))
        await asyncio.wait({held, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        hung_up.cancel()
        await asyncio.wait({hung_up})
        if not hung_up.cancelled():
            self.close()  # what its answer would have carried is lost
            raise hung_up.exception() or ConnectionError("too much")
        packets = self.queue + (["1"] if self.farewell == "1" else [])
        self.queue, self.queued, self.held = [], 0, None
        return "\x1e".join(map(encode, packets)) or "6"

    async def post(self, request):
        if self.posting or request.headers.get("content-type") == "application/octet-stream":
            self.close()
        if self.carrier or self.farewell:
            raise refused(3)
        self.posting = True
        try:
            body = await request.body()
            packets = [decode(packet) for packet in body.decode().split("\x1e")]
        except (ValueError, *GONE):
            self.close()
            raise refused(3) from None
        finally:
            self.posting = False
        if self.farewell:
            raise refused(1)
        for packet in packets:
            self.receive(packet)
        return "ok"

    async def read(self, socket):  # 04-websocket
        """Reads a WebSocket to its end, be it the carrier or on trial."""
        try:
            while not socket.closing:
                packet = await socket.receive()
                packet = packet if isinstance(packet, bytes) else decode(packet)
                self.receive(packet) if socket is self.carrier else self.probe(socket, packet)
        except UnicodeDecodeError:
            socket.close(1007)
        except ValueError:
            socket.close()
        finally:
            if socket is self.carrier:
                self.close()
            elif socket is self.trial:
                self.trial = None

    def probe(self, socket, packet):  # 06-upgrade, 12-upgrade-under-load
        """A packet on trial. A wrong one costs the WebSocket, not the session."""
        if packet == "2probe":
            socket.send("3probe")
        elif packet == "5" and not socket.closing:
            self.carrier, self.trial = socket, None
            for waiting in self.queue:
                socket.send(waiting)
            self.queue, self.queued = [], 0
        else:
            return socket.close()
        let_go(self.held)

# ---- 4. Which session a request is for, or how it is refused. Chapters: fixtures/engine.io/09-refusals

sessions = {}
REFUSALS = {0: "Transport unknown", 1: "Session ID unknown", 2: "Bad handshake method", 3: "Bad request",
            5: "Unsupported protocol version"}

def refused(code):
    return Refusal(400, json.dumps({"code": code, "message": REFUSALS[code]}), Content_Type="application/json")

async def respond(request):
    """The body of a 200."""
    if request.path not in ("/socket.io/", "/socket.io"):
        raise Refusal(404)
    if request.method == "HEAD":  # its answer has no body
        raise Refusal(400)
    if request.method == "OPTIONS":  # fixtures/robustness/origins
        asked = request.headers.get("access-control-request-headers", "content-type")
        raise Refusal(204, Access_Control_Allow_Methods="GET, POST", Access_Control_Allow_Headers=asked)
    transport, sid, method = request.query.get("transport"), request.query.get("sid"), request.method
    session = sessions.get(sid)
    upgrade = "websocket" in request.words("upgrade") and "upgrade" in request.words("connection")
    for code, wrong in (
            (0, transport not in ("polling", "websocket")),
            (1, sid and not session),
            (2, method != "GET" and (not sid or method != "POST")),
            (3 if sid else 5, request.query.get("EIO") != "4"),
            (3, upgrade and method != "GET"),
            (3, upgrade != (transport == "websocket")),
            (3, upgrade and session and (session.carrier or session.trial))):  # one carrier, and one on trial
        if wrong:
            raise refused(code)
    if upgrade:
        socket = WebSocket(request)
        if session:
            session.trial = socket
            session.loop.call_later(UPGRADE_TIMEOUT_S, lambda: session.trial is socket and socket.close())
        else:
            session = Session(carrier=socket)
            session.send(session.greeting(upgrades=[]))
        await session.read(socket)
        raise ConnectionError("the WebSocket has ended")
    if not session:
        return Session().greeting(upgrades=["websocket"])
    return await (session.get(request) if method == "GET" else session.post(request))

# ---- 5. Socket.IO: events, answers, attachments and namespaces. Chapters: fixtures/socket.io/

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)
# Type, and of 5 and 6 a number with a dash; namespace; id; payload.
PACKET = re.compile(r"(?:([0-4])|([56])([0-9]{1,2})-)(?:(/[^,]*)(?:,|\Z))?([0-9]{0,16})(.*)", re.DOTALL)
MAX_ATTACHMENTS, MAX_ID = 10, 2**53 - 1
RESERVED = {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

class Packet:  # 01-packets
    """Its attachments stand in their places from the beginning, and are filled when their bytes come."""

    def __init__(self, text):
        parts = PACKET.fullmatch(text)
        if not parts:
            raise ValueError("no packet")
        kind, binary, count, namespace, id, payload = parts.groups()
        self.kind, self.namespace, self.id = int(kind or int(binary) - 3), namespace or "/", int(id) if id else None
        if int(count or 0) > MAX_ATTACHMENTS or (self.id or 0) > MAX_ID:
            raise ValueError("too much")
        self.attachments = [bytearray() for _ in range(int(count or 0))]
        self.missing = list(self.attachments)
        # To Python NaN is a number and to JSON it is none; to `int` neither.
        hooks = {"object_hook": self.fill if binary else None, "parse_constant": int}
        payload = self.payload = json.loads(payload, **hooks) if payload else None
        array = isinstance(payload, list)
        if not {CONNECT: payload is None or isinstance(payload, dict), DISCONNECT: payload is None, CONNECT_ERROR: False,
                EVENT: array and payload and type(payload[0]) in (str, int, float) and payload[0] not in RESERVED,
                ACK: array}[self.kind]:
            raise ValueError("a payload of the wrong shape")

    def fill(self, value):  # 05-binary
        if value.get("_placeholder") is not True:
            return value
        num = value.get("num")
        if type(num) is not int or not 0 <= num < len(self.attachments):
            raise ValueError("no such attachment")
        return self.attachments[num]

class Client:
    """A session, and the namespaces that it is in."""

    def __init__(self, session):
        self.session, self.ids, self.packet = session, {}, None  # the packet that waits for attachments
        # fixtures/engine.io/07-closing, `close/no-connect-closes`
        session.loop.call_later(CONNECT_TIMEOUT_S, lambda: self.ids or session.close())

    def send(self, kind, namespace, payload, id=""):
        attachments = []
        def placeholder(data):
            attachments.append(bytes(data))
            return {"_placeholder": True, "num": len(attachments) - 1}
        # All beyond ASCII is escaped, and so are 0x1e and half a surrogate pair: 08-unicode.
        text = json.dumps(payload, separators=(",", ":"), allow_nan=False, default=placeholder)
        head = f"{kind + 3}{len(attachments)}-" if attachments else kind
        for packet in (f"4{head}{'' if namespace == '/' else namespace + ','}{id}{text}", *attachments):
            self.session.send(packet)

    def receive(self, message):  # 05-binary
        if isinstance(message, bytes) != bool(self.packet):
            raise ValueError("an attachment without a header, or something between the two")
        packet = self.packet or Packet(message)
        if self.packet:
            packet.missing.pop(0).extend(message)
        self.packet = packet if packet.missing else None
        if not self.packet:
            self.deal_with(packet.kind, packet.namespace, packet.payload, packet.id)

    def deal_with(self, kind, namespace, payload, id):
        if kind == CONNECT:  # 02-connecting
            if namespace in self.ids:
                raise ValueError("joined already")
            if namespace not in self.namespaces:
                return self.send(CONNECT_ERROR, namespace, {"message": "Invalid namespace"})
            self.ids[namespace] = secrets.token_urlsafe(15)
            self.send(CONNECT, namespace, {"sid": self.ids[namespace]})
            self.joined(namespace, payload or {})
        elif namespace not in self.ids:
            raise ValueError("not joined")
        elif kind == DISCONNECT:  # 06-namespaces
            del self.ids[namespace]
        elif kind == EVENT:  # 03-events, 04-acknowledgements
            self.event(namespace, payload[0], payload[1:], id)
        # An ACK answers a question, and this server asks none.

class Echo(Client):
    """The contract `echo`."""
    namespaces = ("/", "/custom")

    def joined(self, namespace, auth):
        self.send(EVENT, namespace, ["auth", auth])

    def event(self, namespace, name, arguments, id):
        if namespace == "/" and name == "message":
            self.send(EVENT, namespace, ["message-back", *arguments])
        elif namespace == "/" and name == "message-with-ack" and id is not None:
            self.send(ACK, namespace, arguments, id)

async def main():
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ["PORT"])
    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=HEAD_LIMIT, backlog=1024)
    await server.serve_forever()

asyncio.run(main())
