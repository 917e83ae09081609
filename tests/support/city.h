// tests/support/city.h: a small real city for tests: nodes in scratch folders, with clocks set by
// hand.
//
// Nodes enrol and exchange in process by default, through the very bytes that HTTP would carry.
#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "api/server.h"
#include "node/agent.h"
#include "node/enrolment.h"
#include "node/replica.h"
#include "node/store/reading.h"
#include "node/store/verify.h"
#include "tests/store/scratch.h"

namespace linli::test {

using crypto::Hash;
using node::Json;
using node::Outcome;
using node::Replica;

inline constexpr const char* kCity = "410700";
inline constexpr const char* kDistrict = "410700/410702";
inline constexpr const char* kStreet = "410700/410702/410702003";
inline constexpr const char* kOffice = "410700/410702/410702003/410702003901";
inline constexpr const char* kOtherOffice = "410700/410703/410703001/410703001901";

/// The city's time, which goes on by a millisecond at each look, and a node's own error from it.
class HandClock final : public sync::WallClock {
 public:
  explicit HandClock(std::atomic<sync::Micros>& time) : time_(time) {}
  [[nodiscard]] sync::Micros now() const override { return (time_ += 1000) + ahead; }
  std::atomic<sync::Micros> ahead{0};

 private:
  std::atomic<sync::Micros>& time_;
};

/// A node that can be closed and opened again.
struct Node {
  std::filesystem::path dir;
  HandClock clock;
  std::unique_ptr<Replica> replica;
  std::unique_ptr<sync::Server> server;  ///< Answers in-process exchanges.

  Node(std::filesystem::path folder, std::atomic<sync::Micros>& time)
      : dir(std::move(folder)), clock(time) {}
  void open();
  void close();
  Replica& operator*() const { return *replica; }
  Replica* operator->() const { return replica.get(); }
};

struct City {
  tests::ScratchFolder folder;
  std::atomic<sync::Micros> time{1'767'225'600'000'000};  ///< 2026-01-01T00:00Z
  std::vector<std::unique_ptr<Node>> nodes;               ///< The hub first.

  /// Founds it; `basics`: with units, a course and a company, so that offices have what to refer
  /// to.
  explicit City(bool basics = true);
  [[nodiscard]] Node& hub() const { return *nodes.front(); }
  /// Enrols a node without HTTP, and opens it.
  Node& enrol(const std::string& scope, const std::string& name,
              crypto::Role role = crypto::Role::office, Node* issuer = nullptr);
  [[nodiscard]] std::filesystem::path new_folder() const;
};

/// A city with a street that relays, and an office below it that all have met.
struct RelayedCity {
  City city;
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  Node& office;
  RelayedCity();
  /// What the office wrote goes up to the hub, and the street hears what the hub says of it.
  void bring_up();
};

/// A certificate and its key without a node behind them: where hundreds of peers are needed.
struct Admitted {
  crypto::SigningKey key = crypto::SigningKey::generate();
  Hash certificate{};
};
Admitted admit(Node& issuer, const std::string& scope);

/// Told after each request: to drop the line, or to look at what goes over it.
struct Line {
  std::function<bool(std::string&wire)> ask = {}, answer = {};  ///< False: it is lost.
};
/// One exchange of `client` with `server`, as node::exchange holds it over HTTP.
Result<node::ExchangeReport> try_exchange(Node& client, Node& server, const Line& line = {},
                                          node::Findings* findings = nullptr,
                                          node::Portions* portions = nullptr);
node::ExchangeReport exchange(Node& client, Node& server);

// ---- Writing ------------------------------------------------------------------------------------

const model::RecordType& type_of(std::string_view name);
node::Wish wish(std::string_view type, std::string_view json);
/// Puts one record; what was wrong is shown by the failing test.
Outcome put(Node& node, std::string_view type, std::string_view json,
            const node::PutOptions& options = {});
Outcome edit(Node& node, std::string_view type, const Outcome& record, std::string_view json);
Outcome remove(Node& node, std::string_view type, const Outcome& record);
/// The first fault's code and field: "bad_value name"; "" if it was granted.
std::string refusal(Node& node, std::string_view type, std::string_view json,
                    const node::PutOptions& options = {});
std::string refusal(const Outcome& outcome);

/// A compound of the office; other members by `changes`.
std::string compound(std::string_view code, std::string_view changes = "{}");

// ---- Reading ------------------------------------------------------------------------------------

Json get(Node& node, std::string_view type, const Outcome& record);
/// The record's field as text; "-" if it hasn't one, "?" if there is no record.
std::string field(Node& node, std::string_view type, const Outcome& record, const char* name);
/// Every record of every type, as one text (I3 compares it).
std::string export_all(Node& node);
/// Rows of a query, as text, for what has no other window.
std::string rows(Node& node, const std::string& sql);
std::int64_t number(Node& node, const std::string& sql);
void execute(Node& node, const std::string& sql);  ///< With the node closed: breaks its database.
/// Faults that verify finds.
std::vector<std::string> faults(Node& node);
/// The tables of the projection, row by row (what compare_projections looks at, and the full text).
std::string dump(Node& node);
/// Does the value stand anywhere in the node's files?
bool files_hold(Node& node, std::string_view value);

// ---- Change sets made by hand -------------------------------------------------------------------

/// Who writes a change set that no honest node would.
struct Pen {
  const crypto::SigningKey* key = nullptr;
  Hash city{}, certificate{}, policy{};
  sync::FeedName feed;
  std::uint64_t seq = 0;  ///< Of the set before.
  Hash prev{};
  sync::Micros stamp = 0;  ///< Of the set before.

  /// Goes on where the node's own feed of that scope ends.
  static Pen of(Node& node, const std::string& scope,
                sync::Audience audience = sync::Audience::ancestors);
  /// The next set: a company, or whatever `change` makes of it.
  sync::Object write(const std::function<void(sync::ChangeSet&)>& change = {});
  sync::Object seal(const sync::ChangeSet& set, std::vector<sync::Opening> openings = {});
};
/// What becomes of one object pushed to `node` by `from`: "accepted", or the error's name.
std::vector<std::string> take(Node& node, std::vector<sync::Object> objects, Node& from);

/// A server over a node, on a port of its own, for as long as it lives.
class Serving {
 public:
  explicit Serving(Node& node, node::Agent* agent = nullptr,
                   const api::Listen& listen = {"127.0.0.1", 0});
  ~Serving();
  [[nodiscard]] int port() const { return server_.port(); }
  [[nodiscard]] std::string url() const { return server_.urls().front(); }
  [[nodiscard]] const std::string& console_token() const { return server_.console_token(); }
  [[nodiscard]] std::string set_up_code() const { return server_.set_up_code(); }

 private:
  api::Server server_;
  std::thread thread_;
};

}  // namespace linli::test
