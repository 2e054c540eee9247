"""Prints the block hashes that a vLLM server has published as stored, as one JSON list: `python kv_events.py ENDPOINT`.

ENDPOINT is the replay_endpoint of its --kv-events-config, which sends all batches again, so that nothing is missed that
was published before somebody listened. The server runs with VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES=0: whole digests.
"""

import json
import sys

import msgspec
import zmq

END = (-1).to_bytes(8, "big", signed=True)
PATIENCE_MS = 10_000


def batches(endpoint: str):
    socket = zmq.Context().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(endpoint)
    socket.send_multipart((b"", (0).to_bytes(8, "big")))
    while True:
        if socket.poll(PATIENCE_MS) == 0:
            raise TimeoutError(f"nothing came from {endpoint}")
        _, _topic, sequence, payload = socket.recv_multipart()
        if sequence == END:
            return
        yield msgspec.msgpack.decode(payload)


def main(endpoint: str) -> None:
    hashes = []
    for _time, events, *_rank in batches(endpoint):
        for event in events:
            if event["type"] == "BlockStored":
                hashes += [block_hash.hex() for block_hash in event["block_hashes"]]
    print(json.dumps(hashes))


if __name__ == "__main__":
    main(sys.argv[1])
