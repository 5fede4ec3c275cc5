"""Makes the calls that it is told on stdin, and prints what a Python client reads of each denial.

A call is a line of JSON, and so is what was read. Messages are bytes in base64, so that no generated
code is needed.
"""

import base64
import json
import sys

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status


def read(channel, call):
    kind = channel.unary_stream if call["streams"] else channel.unary_unary
    message = base64.b64decode(call["message"])
    try:
        answer = kind(call["path"])(message, metadata=call["metadata"], timeout=20)
        if call["streams"]:
            list(answer)
    except grpc.RpcError as error:
        return denial(error)
    return "allowed"


def denial(error):
    status = rpc_status.from_call(error)
    [detail] = status.details
    info = ErrorInfo()
    assert detail.Unpack(info), detail.type_url
    return {
        "code": error.code().value[0],
        "message": error.details(),
        "reason": info.reason,
        "domain": info.domain,
    }


def main():
    # The server is on this machine, whatever proxy is set.
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(sys.argv[1], options) as channel:
        for line in sys.stdin:
            print(json.dumps(read(channel, json.loads(line))), flush=True)


main()
