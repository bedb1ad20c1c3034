"""Usage: main.py PATH-TO-WIRE42. python-socketio, in every mode, through the checks that the Node clients get.

The asynchronous client, because the synchronous one gives every packet to a thread of its own: it keeps no order.
"""

import asyncio
import logging
import re
import sys
from importlib.metadata import version

import socketio

from server import Server

CLIENT = f"python-socketio {version('python-socketio')}"
MODES = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": None}

# No single wait lasts longer than this; a server on this machine answers in milliseconds.
PATIENCE_S = 4
BURST = 200
# Once a receiver is this many broadcasts behind, it may be sent the newest history in place of what it missed.
LAG = 64

TEXTS = [
    "emoji: \U0001f600 family: \U0001f468\u200d\U0001f469\u200d\U0001f467 flag: \U0001f1ee\U0001f1f3",
    "combining: e\u0301 a\u0308\u0323, right to left: \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "line separators: [\u2028] [\u2029] [\u0085] [\r\n], control: [\x00] [\x01] [\x1e] [\x7f]",
    'quotes: " \\ / \' `, a placeholder: {"_placeholder":true,"num":0}, a packet: 42["message"]',
    "edges of UTF-8: \x7f \x80 \u07ff \u0800 \ufffd \uffff \U00010000 \U0010ffff, byte order mark: \ufeff",
]
WRONG = [(None,), 5, "text", [], {}, {"name": "ann"}, {"input": "x"}, {"name": 1, "input": "x"},
         {"name": "x", "input": None}, ["x", "y"]]
PLAIN = (1, "2", {"3": [True, None, -0.5, 1e21]}, [], {}, "", None, "\U0001f600")
BINARY = (b"\1\2\3", {"deep": [{"er": bytes(range(256))}], "text": "beside it"}, b"", b"\xa5" * 70_000)


class Person:
    """A client and the arguments of every event that it heard, by namespace and event."""

    def __init__(self, mode):
        self.mode, self.heard, self._changed = mode, {}, asyncio.Event()
        self.pings = PingCounter(self._changed)
        self.client = socketio.AsyncClient(
            reconnection_delay=0.1, reconnection_delay_max=0.3, randomization_factor=0,
            handle_sigint=False, engineio_logger=self.pings.logger,
        )
        self.client.on("*", self._hear, namespace="*")
        for event in ("connect", "disconnect", "connect_error"):
            self.client.on(event, self._hear_about(event), namespace="*")

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await asyncio.wait_for(self.client.shutdown(), PATIENCE_S)

    async def connect(self, server, *namespaces, auth=None):
        await self.client.connect(server.url, transports=MODES[self.mode], namespaces=list(namespaces or ["/"]),
                                  auth=auth, wait_timeout=PATIENCE_S)
        travels_by = self.client.transport()
        expected = "websocket" if self.mode == "upgrade" else self.mode
        assert travels_by == expected, f"travels by {travels_by}, not {expected}"
        return self

    async def join(self, server, *namespaces):
        await self.connect(server, *namespaces)
        for namespace in namespaces or ["/"]:
            await self.until(lambda: self.histories(namespace), "history on joining")
        return self

    def events(self, event, namespace="/"):
        return self.heard.setdefault((namespace, event), [])

    def histories(self, namespace="/"):
        return [args[0] if len(args) == 1 else args for args in self.events("message", namespace)]

    def latest(self, namespace="/"):
        return self.histories(namespace)[-1]

    async def say(self, name, text, namespace="/"):
        await self.client.emit("message", {"name": name, "input": text}, namespace=namespace)

    async def ask(self, event, data):
        """Emits with an acknowledgement and returns its arguments."""
        answers = []
        await self.client.emit(event, data, callback=lambda *args: (answers.append(args), self._changed.set()))
        await self.until(lambda: answers, "ack")
        return answers[0]

    async def hears(self, text, namespace="/"):
        def found():
            return [entry for entry in self.latest(namespace) if entry.get("message") == text]
        await self.until(found, f"message {text!r}")
        return found()[0]

    async def until(self, test, what):
        async def satisfied():
            while not test():
                self._changed.clear()
                await self._changed.wait()
        try:
            await asyncio.wait_for(satisfied(), PATIENCE_S)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {what} within {PATIENCE_S} s") from None

    def _hear(self, event, namespace, *args):
        self.events(event, namespace).append(args)
        self._changed.set()

    def _hear_about(self, event):
        return lambda namespace, *args: self._hear(event, namespace, *args)


class PingCounter(logging.Handler):
    """Counts the server's pings: the client tells nobody of them but its logger."""

    def __init__(self, changed):
        super().__init__(logging.INFO)
        self.count, self._changed = 0, changed
        self.logger = logging.Logger("engineio of one person", logging.INFO)
        self.logger.addHandler(self)

    def emit(self, record):
        if record.getMessage().startswith("Received packet PING"):
            self.count += 1
            self._changed.set()


async def join(mode, server):
    """join: a newcomer gets an id and the whole history"""
    async with Person(mode) as early, Person(mode) as late:
        await early.join(server)
        await early.say("early", "long before you came")
        await early.say("early", "before you came")
        await early.hears("before you came")
        await late.join(server)
        assert re.fullmatch(r"\S{10,}", late.client.get_sid()), "socket id"
        assert late.client.get_sid() != early.client.get_sid(), "both have the same id"
        same(late.histories()[0], early.latest())
        texts = [entry["message"] for entry in late.histories()[0]]
        same(texts[-2:], ["long before you came", "before you came"])


async def message(mode, server):
    """message: everyone hears it, signed with the sender's id"""
    async with Person(mode) as ann, Person(mode) as bob:
        await ann.join(server)
        await bob.join(server)
        await ann.say("ann", "hello, bob")
        for someone in (ann, bob):
            entry = dict(await someone.hears("hello, bob"))
            assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", entry.pop("timeStamp")), "timeStamp"
            same(entry, {"clientId": ann.client.get_sid(), "name": "ann", "message": "hello, bob"})


async def good_ack(mode, server):
    """ack: a good message gets {ok:true}"""
    async with Person(mode) as ann:
        await ann.join(server)
        same(await ann.ask("message", {"name": "ann", "input": "heard?"}), ({"ok": True},))
        await ann.hears("heard?")


async def bad_ack(mode, server):
    """ack: a bad message gets {error} and is not stored"""
    async with Person(mode) as ann:
        await ann.join(server)
        before = len(ann.latest())
        for wrong in WRONG:
            answer = await ann.ask("message", wrong)
            is_error = len(answer) == 1 and isinstance(answer[0].get("error"), str)
            assert is_error, f"{wrong!r} was answered {answer!r}"
        await ann.say("ann", "a good one")
        await ann.hears("a good one")
        same(len(ann.latest()), before + 1)


async def burst(mode, server):
    """burst: 200 messages of two clients arrive in one order"""
    async with Person(mode) as left, Person(mode) as right:
        pair = {"left": left, "right": right}
        said = {name: [f"burst {name} {i}" for i in range(BURST // 2)] for name in pair}
        for person in pair.values():
            await person.connect(server)
        await asyncio.gather(*(person.say(name, text) for name, person in pair.items() for text in said[name]))
        for name, person in pair.items():
            def ours():
                latest = person.latest() if person.histories() else []
                return [entry for entry in latest if entry["message"].startswith("burst ")]
            await person.until(lambda: len(ours()) >= BURST, f"history of {BURST} messages ({name})")
            for who in pair:
                same([entry["message"] for entry in ours() if entry["name"] == who], said[who])
            assert_one_growing_list(person.histories())
        assert left.latest() == right.latest(), "the two final histories differ"


async def unicode(mode, server):
    """unicode: any text comes back as it went"""
    async with Person(mode) as ann, Person(mode) as bob:
        await ann.join(server)
        await bob.join(server)
        for text in TEXTS:
            await ann.say(text, text)
            for someone in (ann, bob):
                same((await someone.hears(text))["name"], text)


async def lone_surrogate(mode, server):
    """unicode: a lone surrogate comes back as it went"""
    async with Person(mode) as ann:
        await ann.join(server)
        await ann.say("ann", "half a pair: \ud83d!")
        await ann.hears("half a pair: \ud83d!")


async def rooms(mode, server):
    """rooms: a namespace has a history of its own"""
    async with Person(mode) as ann, Person(mode) as bob:
        await ann.join(server, "/", "/team-a")
        await bob.join(server, "/team-a", "/team-b")
        same([ann.histories("/team-a")[0], bob.histories("/team-b")[0]], [[], []])
        await ann.say("ann", "only for team a", "/team-a")
        await ann.say("ann", "for the main room")
        same((await ann.hears("only for team a", "/team-a"))["clientId"], ann.client.get_sid("/team-a"))
        await bob.hears("only for team a", "/team-a")
        await ann.hears("for the main room")
        same([len(bob.latest("/team-a")), len(bob.latest("/team-b"))], [1, 0])
        assert all(entry["message"] != "only for team a" for entry in ann.latest()), "the main room hears a room"


async def refused_room(mode, server):
    """rooms: a namespace that was not allowed is refused"""
    async with Person(mode) as ann:
        try:
            await ann.connect(server, "/elsewhere")
        except socketio.exceptions.ConnectionError:
            pass
        same(ann.events("connect_error", "/elsewhere"), [({"message": "Invalid namespace"},)])


async def heartbeat(mode, server):
    """heartbeat: an idle client lives through three pings"""
    async with Person(mode) as ann:
        await ann.join(server)
        await ann.until(lambda: ann.pings.count >= 3, "third ping")
        same(await ann.ask("message", {"name": "ann", "input": "still here"}), ({"ok": True},))
        same(ann.events("disconnect"), [])


async def reconnects(mode, server):
    """reconnect: the client finds a restarted server by itself"""
    await starts(mode, server)
    async with Person(mode) as ann:
        await ann.join(server)
        await ann.say("ann", "before the restart")
        await ann.hears("before the restart")
        first_id = ann.client.get_sid()
        await ends(mode, server)
        await ann.until(lambda: ann.events("disconnect"), "disconnect")
        ann.heard.clear()
        await starts(mode, server)
        await ann.until(ann.histories, "history after reconnecting")
        assert ann.client.get_sid() != first_id, "the id is the old one"
        same(await ann.ask("message", {"name": "ann", "input": "after the restart"}), ({"ok": True},))
        same((await ann.hears("after the restart"))["clientId"], ann.client.get_sid())
    await ends(mode, server)


async def auth(mode, server):
    """auth: the server sees what the client connected with"""
    for given in ({"token": "123", "nested": {"list": [1, "\u00e9"]}}, None):
        async with Person(mode) as ann:
            await ann.connect(server, "/", "/custom", auth=given)
            for namespace in ("/", "/custom"):
                await ann.until(lambda: ann.events("auth", namespace), "auth")
                same(ann.events("auth", namespace), [(given or {},)])


async def echo(mode, server):
    """echo: arguments and attachments come back"""
    async with Person(mode) as ann:
        await ann.connect(server)
        for number, args in enumerate((PLAIN, BINARY, ()), 1):
            await ann.client.emit("message", args)
            await ann.until(lambda: len(ann.events("message-back")) == number, "message-back")
            same(ann.events("message-back")[-1], args)


async def acks(mode, server):
    """ack: arguments and attachments come back"""
    async with Person(mode) as ann:
        await ann.connect(server)
        for args in (PLAIN, BINARY, ()):
            same(await ann.ask("message-with-ack", args), args)


CHAT_CHECKS = [join, message, good_ack, bad_ack, burst, unicode, lone_surrogate, rooms, refused_room, heartbeat]
ECHO_CHECKS = [auth, echo, acks]


def same(got, expected):
    assert got == expected, f"got {got!r}, expected {expected!r}"


def assert_one_growing_list(histories):
    """Each history begins with the one before, is longer, and leaves none out but of a straggler."""
    for i, (before, after) in enumerate(zip(histories, histories[1:]), 1):
        assert after[:len(before)] == before, f"history {i} does not begin with the one before"
        step = len(after) - len(before)
        may_skip = step > LAG or i >= LAG
        assert step == 1 or (step > 1 and may_skip), f"history {i} grew by {step}, not by 1"


async def check(mode, body, *args):
    """Runs one check and prints its line; a check fails by raising."""
    label = f"{CLIENT:<24} {mode:<9} {body.__doc__}"
    try:
        await body(mode, *args)
        print(f"ok   {label}", flush=True)
        return True
    except Exception as error:  # a check may fail in any way, and the next one runs all the same
        print(f"FAIL {label}: {type(error).__name__}: {error}".replace("\n", " "), flush=True)
        return False


async def starts(_mode, server):
    """the server starts"""
    await asyncio.to_thread(server.start)


async def ends(_mode, server):
    """the server ends when asked to"""
    await asyncio.to_thread(server.stop)


async def main(binary):
    held = []
    for mode in MODES:
        for app, checks in (("chat", CHAT_CHECKS), ("echo", ECHO_CHECKS)):
            server = Server(binary, app)
            held.append(await check(mode, starts, server))
            if held[-1]:
                held += [await check(mode, body, server) for body in [*checks, ends]]
        held.append(await check(mode, reconnects, Server(binary, "chat")))
    return all(held)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(sys.argv[1])) else 1)
