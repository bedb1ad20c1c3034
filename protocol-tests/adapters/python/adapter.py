"""Lets protocol-tests judge the codecs of python-socketio and python-engineio.

One JSON object a line, a request in, its answer out. The lines are described in ../README.md.
"""

import json
import sys
from importlib.metadata import version

from engineio import packet as eio
from engineio.payload import Payload
from socketio import packet as sio

ENGINE = ["open", "close", "ping", "pong", "message", "upgrade", "noop"]
SOCKET = {
    sio.CONNECT: "connect",
    sio.DISCONNECT: "disconnect",
    sio.EVENT: "event",
    sio.ACK: "ack",
    sio.CONNECT_ERROR: "connect-error",
    sio.BINARY_EVENT: "event",
    sio.BINARY_ACK: "ack",
}
TYPES = {word: number for number, word in reversed(SOCKET.items())}


def hello(_):
    names = ("python-engineio", "python-socketio")
    return {"name": ", ".join(f"{name} {version(name)}" for name in names)}


def decode(request):
    wire = [from_frame(frame) for frame in request["wire"]]
    if request["kind"] == "sio-packet":
        return {"packets": [from_socket(packet) for packet in reassembled(wire)]}
    if request["kind"] == "eio-packet":
        packets = [eio.Packet(encoded_packet=wire[0])]
    else:
        packets = Payload(encoded_payload=wire[0]).packets
    return {"packets": [from_engine(packet) for packet in packets]}


def encode(request):
    packets = request["packets"]
    if request["kind"] == "sio-packet":
        wire = []
        for packet in packets:
            encoded = to_socket(packet).encode()
            wire += encoded if isinstance(encoded, list) else [encoded]
    elif request["kind"] == "eio-packet":
        wire = [to_engine(packets[0]).encode()]
    else:
        wire = [Payload([to_engine(packet) for packet in packets]).encode()]
    return {"wire": [to_frame(frame) for frame in wire]}


def reassembled(wire):
    """Does what the server does between the frames: the packet class leaves that to it."""
    waiting = None
    for frame in wire:
        if waiting:
            if waiting.add_attachment(frame):
                yield waiting
                waiting = None
            continue
        packet = sio.Packet(encoded_packet=frame)
        if packet.packet_type in (sio.BINARY_EVENT, sio.BINARY_ACK):
            waiting = packet
        elif packet.packet_type in SOCKET:
            yield packet
        else:
            raise ValueError("Unknown packet type.")


def from_engine(packet):
    if packet.binary:
        return {"type": "binary", "hex": packet.data.hex()}
    return {"type": ENGINE[packet.packet_type], "data": packet.data}


def to_engine(packet):
    if packet["type"] == "binary":
        return eio.Packet(eio.MESSAGE, bytes.fromhex(packet["hex"]))
    return eio.Packet(ENGINE.index(packet["type"]), packet["data"])


def from_socket(packet):
    return {
        "type": SOCKET[packet.packet_type],
        "namespace": packet.namespace,
        "id": packet.id,
        "data": from_data(packet.data),
    }


def to_socket(packet):
    data = to_data(packet.get("data"))
    return sio.Packet(TYPES[packet["type"]], data, packet["namespace"], packet.get("id"))


def from_data(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": value.hex()}
    if isinstance(value, list):
        return [from_data(item) for item in value]
    if isinstance(value, dict):
        return {key: from_data(item) for key, item in value.items()}
    return value


def to_data(value):
    if isinstance(value, list):
        return [to_data(item) for item in value]
    if isinstance(value, dict):
        if list(value) == ["$bytes"]:
            return bytes.fromhex(value["$bytes"])
        return {key: to_data(item) for key, item in value.items()}
    return value


def from_frame(frame):
    return frame["text"] if "text" in frame else bytes.fromhex(frame["hex"])


def to_frame(frame):
    return {"text": frame} if isinstance(frame, str) else {"hex": frame.hex()}


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"hello": hello, "decode": decode, "encode": encode}[request["op"]](request)
    except Exception as error:  # whatever a codec raises is its refusal
        answer = {"error": "refused", "message": repr(error)}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
