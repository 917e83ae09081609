// api/places.h: the threads of a server as places, and who gives one up when there are too few.
//
// A connection holds a place for as long as it lasts, also if it says nothing, or a byte now and
// then. When all are taken and somebody else comes, the network with the most connections that keep
// their thread waiting gives one up: the one whose request has taken the longest. So one machine
// keeps nobody else out, however many connections it opens, and as long as there are places nobody
// loses his. Strangers (guests.h) weigh together, like one network: from however many they come,
// they give way among themselves before somebody does who is known.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "api/guests.h"
#include "api/workers.h"

namespace linli::api {

/// What requests that aren't complete may bring, together: a sixteenth of this machine's memory,
/// and at most 192 MiB. They hold up to twice that while their texts grow. Two hundred offices that
/// send a whole batch at once have room; whoever is turned away comes again, and goes on where it
/// was.
[[nodiscard]] std::size_t unread_bytes_max();

class Places {
  using Clock = std::chrono::steady_clock;
  struct Taken {
    int socket;
    std::string network;                    ///< Of its address (pace.h).
    bool came_known;                        ///< To guests.h, when it was let in.
    Clock::time_point since;                ///< Its request began, or it has been idle.
    std::size_t bytes = 0;                  ///< Of its request so far.
    bool waits = false;                     ///< For its caller: to say more, or to take the answer.
    Clock::time_point works_since = since;  ///< Unless it waits.
    bool given_up = false;
  };

 public:
  /// `guests` outlives it.
  Places(std::size_t places, const Guests& guests)
      : places_(places), bytes_max_(unread_bytes_max()), guests_(guests) {}

  /// Of one connection. Its socket is open for as long.
  class Place {
   public:
    Place(Places& places, int socket, std::string network, bool known);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    void begin();  ///< The next request, or the wait for it.
    /// The caller's turn, until the end of what this answers with.
    class Wait {
     public:
      explicit Wait(Place& place) : place_(place) { place_.set_waits(true); }
      ~Wait() { place_.set_waits(false); }
      Wait(const Wait&) = delete;
      Wait& operator=(const Wait&) = delete;

     private:
      Place& place_;
    };
    /// So many bytes of a request came. If that is too much for all together, whoever holds the
    /// most gives up his.
    void came(std::size_t bytes);

   private:
    void set_waits(bool waits);
    Places& places_;
    std::list<Taken>::iterator at_;
  };

  /// So many callers wait for a place now, and there is none: as many are given up, as soon as
  /// anybody keeps them waiting. None: nobody waits any more.
  void make_room(CallersWaiting callers);

 private:
  void give_up_for_callers();
  /// Of the network that weighs the most: the oldest of its connections that weigh the most among
  /// those that may go. False: none of them may.
  template <class Weight, class May>
  bool give_up_one(Weight weight, May may);

  const std::size_t places_, bytes_max_;
  const Guests& guests_;
  std::mutex guard_;
  std::list<Taken> taken_;  ///< Guarded; so is the next.
  std::size_t bytes_ = 0;
  CallersWaiting callers_;  ///< Who wait for a place. Guarded.
};

}  // namespace linli::api
