"""A reward server with a will of its own: `fake_reward_server.py [mode] [at request n]`; scores any text by its length."""

import hashlib
import json
import sys
import time

mode = sys.argv[1] if len(sys.argv) > 1 else "good"
at = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def load(suite):
    digest = hashlib.sha256(json.dumps(suite, sort_keys=True).encode()).hexdigest()
    parts = [
        {
            "id": part["id"],
            "fn": part["fn"],
            "weight": part["weight"],
            "min": -1 if part["fn"] == "structure" else 0,
            "max": 1,
            "form": part["fn"] == "structure",
        }
        for part in suite["parts"]
    ]
    return {
        "ok": True,
        "name": suite["name"],
        "version": suite["version"],
        "hash": "0" * 64 if mode == "other-hash" else digest,
        "parts": parts,
        "max": 4,
        "min": -1,
        "warnings": [],
    }


def score(item):
    text = item["completion"]
    spread = sum(text.encode()) % 11 / 11
    strict = len(text) % 2 == 0
    return {
        "total": 3 * spread + (1.0 if strict else -0.5),
        "parts": {"format": 1.0 if strict else -0.5, "answer": spread, "rubric": None},
        "verdict": "correct" if spread > 0.5 else "wrong",
        "extracted": {"answer": "4", "span": [0, 1]} if strict else None,
        "why": {
            "format": "Its length is even." if strict else "Its length is odd.",
            "answer": f"Its bytes say {spread:.2f}.",
            "rubric": "Counts for open only.",
        },
        "error": None,
        "reading": "strict" if strict else "repairable",
    }


def failed(item, why):
    return {
        "total": None,
        "parts": {},
        "verdict": "error",
        "extracted": None,
        "why": {},
        "error": {
            "part": "answer",
            "message": f'Part "answer" failed on row "{item["row"]["id"]}": {why}',
        },
        "reading": "none",
    }


def spoil(items, results):
    if mode == "nan":
        results[0]["total"] = float("nan")
    if mode == "infinite":
        results[-1]["total"] = float("inf")
    if mode == "infinite-part":
        results[0]["parts"]["answer"] = float("inf")
    if mode == "null":
        results[0]["total"] = None
    if mode == "error":
        results[1] = failed(items[1], "the verifier fell over")
    if mode == "short":
        results.pop()


def refuse(request, code, message):
    print(json.dumps({"id": request["id"], "error": {"code": code, "message": message}}), flush=True)


requests = 0
loaded = False
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "load":
        print(json.dumps(load(request["suite"])), flush=True)
        loaded = True
        continue
    if not loaded:
        refuse(request, "no-suite", "No suite is loaded.")
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
            refuse(request, "bad-item", 'Item 1: "completion" must be text.')
            continue
        if mode == "slow":
            time.sleep(1.5)
        if mode == "working":  # longer than the time-out in all, but never silent for so long
            for _ in range(8):
                print('{"working":true}', flush=True)
                time.sleep(0.25)
        spoil(request["items"], results)
    print(json.dumps({"id": request["id"], "results": results}), flush=True)
