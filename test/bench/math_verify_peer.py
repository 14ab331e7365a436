"""math-verify on the completions of standard input: one JSON line {"text", "gold"} each. Prints seconds of processor time and how many were right."""

import json
import logging
import sys
import time

from math_verify import parse, verify

logging.disable(logging.CRITICAL)
items = [json.loads(line) for line in sys.stdin]
for item in items[:50]:
    verify(parse(item["gold"]), parse(item["text"]))
start = time.process_time()
right = sum(bool(verify(parse(item["gold"]), parse(item["text"]))) for item in items)
print(json.dumps({"seconds": time.process_time() - start, "right": right}))
