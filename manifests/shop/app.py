"""Takes and lists orders: kept in PostgreSQL, counted in redis."""
import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
import redis

cache = redis.Redis(os.environ["CACHE"])
local = threading.local()


def query(text, *values):
    """Rows of one statement; a connection a thread, made again after the server went away."""
    for attempt in (1, 2):
        try:
            if getattr(local, "db", None) is None:
                local.db = psycopg2.connect(os.environ["DATABASE"])
            with local.db, local.db.cursor() as cursor:
                cursor.execute(text, values)
                return cursor.fetchall()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            local.db = None
            if attempt == 2:
                raise


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, {"visits": int(cache.get("visits") or 0)})
        if self.path != "/orders":
            return self.answer(404, {"error": "there is /orders"})
        rows = query("select id, item from orders order by id desc limit 10")
        self.answer(200, {"visits": cache.incr("visits"), "orders": [{"id": id, "item": item} for id, item in rows]})

    def do_POST(self):
        item = self.rfile.read(min(int(self.headers.get("content-length", 0)), 1000)).decode()
        [[id]] = query("insert into orders (item) values (%s) returning id", item)
        self.answer(201, {"id": id})

    def answer(self, status, body):
        text = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
Server(("::", 8000), Shop).serve_forever()
