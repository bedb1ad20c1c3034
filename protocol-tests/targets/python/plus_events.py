"""What `plus` does with each event. What is returned is the acknowledgement, `not_handled` none."""
import asyncio


async def answer(server, name, namespace, sid, args):
    client = {"to": sid, "namespace": namespace}

    def back(*args):
        return server.emit(f"{name}-back", args, **client)

    async def ask(timeout, *args):
        answer = asyncio.get_running_loop().create_future()
        await server.emit("question", args, callback=lambda *a: answer.done() or answer.set_result(a), **client)
        return await asyncio.wait_for(answer, timeout)

    match name, *args:
        case "message", *_: return await back(*args) or server.not_handled
        case "message-with-ack", *_: return args
        case "emit-with-ack", *_: await back(*await ask(5, *args))
        case "ack-timeout", ms, *rest:
            try: await back("answered", *await ask(ms / 1000, *rest))
            except asyncio.TimeoutError: await back("timeout")
        case "burst", n, size:
            for i in range(n): await back(i, "x" * size)
        case "bin", n: await back(*(bytes([i]) * (i + 1) for i in range(n)))
        case "broadcast", *_: await server.emit("broadcast-back", args, namespace=namespace, skip_sid=sid)
        case "sleep", ms, *_: await asyncio.sleep(ms / 1000) or await back(*args)
        case "disconnect-me",: return await server.disconnect(sid, namespace) or server.not_handled
        case "enter", group: await server.enter_room(sid, group, namespace)
        case "exit", group: await server.leave_room(sid, group, namespace)
        case "to", groups, *rest: await server.emit("to-back", tuple(rest), room=groups, namespace=namespace)
        case "throw", *_: raise RuntimeError("asked to")
        case _: return server.not_handled
