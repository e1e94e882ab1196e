"""A tic-tac-toe player of the older wire: one TCP connection, X (the host) moves first, each move is the
text `row,column` without a line ending, whoever is not to move waits in recv.

    older-player.py host PORT MOVE...     listens (0: any free port), prints `port N`
    older-player.py guest PORT MOVE...    connects

Takes what comes as the older programs do: decode, split at the comma, int. Prints the board's end:
`won`, `lost`, `tie`, or `gone` when the other side closed before it.
"""
import socket
import sys

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def connect(role, port):
    if role == "guest":
        return socket.create_connection(("127.0.0.1", port))
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(1)
    print("port", server.getsockname()[1], flush=True)
    client, _ = server.accept()
    server.close()
    return client


def winner(board):
    for a, b, c in LINES:
        if board[a] != " " and board[a] == board[b] == board[c]:
            return board[a]
    return None


def main():
    role, port, *moves = sys.argv[1:]
    sock = connect(role, int(port))
    you = "X" if role == "host" else "O"
    board = [" "] * 9
    turn = "X"
    while True:
        if turn == you:
            move = moves.pop(0)
            sock.send(move.encode("utf-8"))
        else:
            data = sock.recv(1024)
            if not data:
                print("gone", flush=True)
                break
            move = data.decode("utf-8")
        row, column = move.split(",")
        square = int(row) * 3 + int(column)
        if board[square] != " ":
            print("taken", flush=True)
            break
        board[square] = turn
        if winner(board) is not None:
            print("won" if winner(board) == you else "lost", flush=True)
            break
        if " " not in board:
            print("tie", flush=True)
            break
        turn = "O" if turn == "X" else "X"
    sock.close()


main()
