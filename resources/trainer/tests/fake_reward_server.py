"""A reward server with a will of its own: `fake_reward_server.py [mode] [at request n]`; scores any text by its length."""

import hashlib
import json
import sys
import time

mode = sys.argv[1] if len(sys.argv) > 1 else "good"
at = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def score(item):
    text = item["completion"]
    spread = sum(text.encode()) % 11 / 11
    strict = len(text) % 2 == 0
    return {
        "total": 3 * spread + (1.0 if strict else -0.5),
        "parts": {"format": 1.0 if strict else -0.5, "answer": spread, "rubric": None},
        "verdict": "correct" if spread > 0.5 else "wrong",
        "extracted": {"answer": "4", "span": [0, 1]} if strict else None,
        "why": {"format": "because"},
    }


def spoil(results):
    if mode == "nan":
        results[0]["total"] = float("nan")
    if mode == "infinite":
        results[-1]["total"] = float("inf")
    if mode == "infinite-part":
        results[0]["parts"]["answer"] = float("inf")
    if mode == "null":
        results[0]["total"] = None
    if mode == "error":
        results[1] |= {"verdict": "error", "total": None, "why": {"answer": "the verifier fell over"}}
    if mode == "short":
        results.pop()


requests = 0
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "load":
        digest = hashlib.sha256(json.dumps(request["suite"], sort_keys=True).encode()).hexdigest()
        if mode == "other-hash":
            digest = "0" * 64
        print(
            json.dumps({"ok": True, "hash": digest, "parts": ["format", "answer"], "max": 4, "min": -1}),
            flush=True,
        )
        continue
    requests += 1
    results = [score(item) for item in request["items"]]
    if requests == at:
        if mode == "die":
            sys.exit("the reward server met its end")
        if mode == "hang":
            time.sleep(3600)
        if mode == "garbage":
            print("this is not JSON", flush=True)
            continue
        if mode == "refuse":
            print(json.dumps({"error": {"code": "no-suite", "message": "load a suite first"}}), flush=True)
            continue
        if mode == "slow":
            time.sleep(1.5)
        if mode == "working":  # longer than the time-out in all, but never silent for so long
            for _ in range(8):
                print('{"working":true}', flush=True)
                time.sleep(0.25)
        spoil(results)
    print(json.dumps({"id": request["id"], "results": results}), flush=True)
