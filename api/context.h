// api/context.h: what the routes share.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <map>

#include "api/door.h"
#include "api/gate.h"
#include "api/guests.h"
#include "api/live.h"
#include "api/metrics.h"
#include "api/pace.h"
#include "api/turned_away.h"
#include "node/agent.h"
#include "node/audit.h"
#include "node/blob_desk.h"
#include "node/replica.h"
#include "node/store/reading.h"
#include "sync/exchange.h"

namespace linli::api {

using node::Json;

/// Exchanges at once: each needs the writer and a core. The rest is asked to come again.
inline constexpr int kExchangesMax = 16;
/// Attachments at once; each holds a worker as long as its line needs.
inline constexpr int kDeliveriesMax = 24;

/// Of one account or address: a page with everything on it at once, and then a fast reader.
inline constexpr Pace::Allowance kAllowance{.burst = 600, .a_second = 50};

struct Context {
  node::Replica& replica;
  node::Agent* agent;  ///< Null at the hub.
  sync::Server exchange;
  Metrics metrics;
  std::atomic<bool> stopping{false};
  std::atomic<int> streams{0};  ///< Event streams of browsers open now.
  Guests guests = {};
  Gate exchanges{kExchangesMax};
  Pace pace{kAllowance};
  Live live;                        ///< Event streams of nodes.
  Gate deliveries{kDeliveriesMax};  ///< Attachments coming from nodes.
  node::BlobDesk blob_desk;
  node::Accounts& accounts;
  node::Audit& audit;
  Door door;
  std::vector<std::string> addresses = {};  ///< Listened on; set before serving.
  std::atomic<int> wrong_codes{0};          ///< Of the first set-up, from other machines.
  TurnedAway turned_away = {};              ///< Logins, by locks.

  Context(node::Replica& r, node::Agent* a, node::Accounts& people, node::Audit& log)
      : replica(r),
        agent(a),
        exchange(r, r.identity().city),
        live(r),
        blob_desk(r),
        accounts(people),
        audit(log),
        door(r, people) {}
};

/// Whoever sent this has just proven who it is.
inline void welcome(Context& context, const httplib::Request& request) {
  context.guests.welcome(network_of(Door::address_of(request)));
  // Connections are told apart by who made them: behind a proxy, the proxy.
  context.guests.welcome(network_of(request.remote_addr));
}

/// One of a bounded number of places; empty if none was free.
class Place {
 public:
  Place(std::atomic<int>& taken, int most) : taken_(taken), ok_(++taken <= most) {}
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  explicit operator bool() const { return ok_; }

 private:
  std::atomic<int>& taken_;
  bool ok_;
};

/// Notes what an answer showed of personal values.
void note_seen(Context& context, const httplib::Request& request, std::string_view type,
               node::Seen& seen, std::string act = "read");  ///< records.cpp
/// Notes an act of administration, before it is answered.
void note_act(Context& context, const httplib::Request& request, std::string act, std::string what,
              std::string why = {});  ///< accounts.cpp
/// How many attachments are here, missing, to be sent; and the policy.
[[nodiscard]] Json blobs_json(Context& context);  ///< blobs.cpp

// Each adds its routes; all are called once, before serving.
void add_sync_routes(httplib::Server& server, Context& context);          ///< sync.cpp
void add_live_routes(httplib::Server& server, Context& context);          ///< live.cpp
void add_agent_routes(httplib::Server& server, Context& context);         ///< agent.cpp
void add_retention_routes(httplib::Server& server, Context& context);     ///< retention.cpp
void add_record_routes(httplib::Server& server, Context& context);        ///< records.cpp
void add_reading_routes(httplib::Server& server, Context& context);       ///< reading.cpp
void add_figure_routes(httplib::Server& server, Context& context);        ///< figures.cpp
void add_trust_routes(httplib::Server& server, Context& context);         ///< trust.cpp
void add_bundle_routes(httplib::Server& server, Context& context);        ///< bundles.cpp
void add_blob_routes(httplib::Server& server, Context& context);          ///< blobs.cpp
void add_page_routes(httplib::Server& server, Context& context);          ///< pages.cpp
void add_admission_routes(httplib::Server& server, Context& context);     ///< admission.cpp
void add_vote_routes(httplib::Server& server, Context& context);          ///< votes.cpp
void add_conflict_routes(httplib::Server& server, Context& context);      ///< conflicts.cpp
void add_history_routes(httplib::Server& server, Context& context);       ///< history.cpp
void add_completeness_routes(httplib::Server& server, Context& context);  ///< completeness.cpp
void add_personal_routes(httplib::Server& server, Context& context);      ///< personal.cpp
void add_session_routes(httplib::Server& server, Context& context);       ///< session.cpp
void add_account_routes(httplib::Server& server, Context& context);       ///< accounts.cpp
void add_tls_routes(httplib::Server& server, Context& context);           ///< tls.cpp
void add_draw_routes(httplib::Server& server, Context& context);          ///< draws.cpp
void add_certificate_routes(httplib::Server& server, Context& context);   ///< certificates.cpp

}  // namespace linli::api
