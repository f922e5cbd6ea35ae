# clients.py: several clients at once, each of which sends the next request as soon as it has its answer.
import http.client
import threading
import time


def ask(port, path="/"):
    """Return the text of the service's response. Raises OSError or HTTPException if there's none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


class Clients:
    """Clients that send requests from the beginning of a `with` block to its end."""

    def __init__(self, port, count=8):
        self.port, self.answers, self.failed = port, [], []
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.ask_on, args=[number / count]) for number in range(count)]

    def ask_on(self, share):
        time.sleep(0.1 * share)  # not all at the same moment
        while not self.done.is_set():
            try:
                self.answers.append(ask(self.port))
            except (OSError, http.client.HTTPException) as problem:
                self.failed.append(problem)
                time.sleep(0.02)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, answer, seconds=60):
        """Wait until a client has got this answer."""
        end = time.monotonic() + seconds
        while answer not in self.answers:
            if time.monotonic() > end:
                raise TimeoutError(f"no client got the answer {answer!r}")
            time.sleep(0.01)

    def report(self):
        print("requests that failed:", "some" if self.failed else 0)
        print("answers that mix two versions:", "some" if any(map(is_mixed, self.answers)) else 0)


def is_mixed(answer):
    """Return whether the two version numbers in an answer ("greeting 1, price 2") differ."""
    return len({word for word in answer.replace(",", "").split() if word.isdigit()}) > 1
