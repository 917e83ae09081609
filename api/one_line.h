// api/one_line.h: the requests of one connection, one after the other, whatever it is made of.
#pragma once

#include "api/careful_stream.h"

namespace linli::api {

/// A socket that closes with bytes unread takes the answer along that is on its way: reads on for a
/// moment, and forgets what comes.
void read_over(int socket, Places::Place& place);

/// Serves until the caller has had enough, or its request's end isn't plain. `readable`: has it
/// something to say, before the next request's time is over? `process`: (last, closed) → good.
template <class Readable, class Process>
void serve_line(CarefulStream& line, Places::Place& place, std::size_t most, Readable readable,
                Process process) {
  const auto asks_again = [&] {
    const Places::Place::Wait wait(place);
    return line.pending() || readable();
  };
  for (auto left = most; left > 0; --left) {
    line.begin();
    if (!asks_again()) return;
    bool closed = false;
    if (!process(left == 1, closed) || closed) return;
    if (!line.ended_well()) return read_over(line.socket(), place);
  }
}

}  // namespace linli::api
