// api/context.h: what the routes share.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <map>

#include "api/gate.h"
#include "api/live.h"
#include "api/metrics.h"
#include "node/agent.h"
#include "node/replica.h"
#include "node/store/reading.h"
#include "sync/exchange.h"

namespace linli::api {

using node::Json;

/// Exchanges at once: each needs the writer and a core. The rest is asked to come again.
inline constexpr int kExchangesMax = 16;

struct Context {
  node::Replica& replica;
  node::Agent* agent;  ///< Null at the hub.
  sync::Server exchange;
  Metrics metrics;
  std::atomic<bool> stopping{false};
  std::atomic<int> streams{0};  ///< Event streams of browsers open now.
  Gate exchanges{kExchangesMax};
  Live live;  ///< Event streams of nodes.

  Context(node::Replica& r, node::Agent* a)
      : replica(r), agent(a), exchange(r, r.identity().city), live(r) {}
};

// Each adds its routes; all are called once, before serving.
void add_sync_routes(httplib::Server& server, Context& context);     ///< sync.cpp
void add_live_routes(httplib::Server& server, Context& context);     ///< live.cpp
void add_agent_routes(httplib::Server& server, Context& context);    ///< agent.cpp
void add_record_routes(httplib::Server& server, Context& context);   ///< records.cpp
void add_reading_routes(httplib::Server& server, Context& context);  ///< reading.cpp
void add_bundle_routes(httplib::Server& server, Context& context);   ///< bundles.cpp
void add_page_routes(httplib::Server& server, Context& context);     ///< pages.cpp

}  // namespace linli::api
