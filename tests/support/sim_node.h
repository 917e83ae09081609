// tests/support/sim_node.h: nodes without disk, sockets or a clock of their own: the real merge,
// feeds and exchange over a log in memory, and a line between them that loses what a test tells it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sync/clock.h"
#include "sync/exchange.h"
#include "sync/feed.h"
#include "sync/merge.h"

namespace linli::test {

/// A hub (number 0) and devices of one community, who may all read everything.
struct SimCity {
  struct Member {
    crypto::SigningKey key;
    crypto::Certificate certificate;
    crypto::Hash hash{};
  };
  explicit SimCity(std::size_t devices);

  std::vector<Member> members;
  crypto::Hash id{};
  std::unique_ptr<crypto::CertificateBook> book;
};

class SimNode final : public sync::Shelf {
 public:
  struct Entry {
    sync::Object object;
    sync::FeedId feed{};
    std::uint64_t seq = 0;  ///< Of a receipt: 0.
    crypto::Hash hash{};
    std::string scope;
    sync::Audience audience = sync::Audience::ancestors;
    sync::AuthorId author{};
    crypto::Hash from{};  ///< The peer that brought it; all zero: written here.
  };
  struct Feed {
    sync::FeedTip tip;
    std::vector<crypto::Hash> hashes;
  };
  using RecordName = std::tuple<std::uint32_t, std::string, sync::RecordId>;
  /// All that a crash leaves. Copy it: that is a backup.
  struct Disk {
    std::uint64_t epoch = 0;
    std::map<std::uint64_t, std::uint64_t> restored_at;  ///< Epochs before: where they were left.
    std::vector<Entry> log;                              ///< Arrival number n at place n - 1.
    std::map<sync::FeedId, Feed> feeds;
    std::map<std::pair<sync::FeedId, std::uint64_t>, std::pair<sync::Object, crypto::Hash>> waiting;
    std::map<RecordName, sync::RecordState> records;
    std::set<crypto::Hash> receipts;
    sync::Incarnation incarnation;
    sync::Micros last_stamp = 0;
    sync::PeerMemory memory;  ///< Of the hub.
  };

  SimNode(const SimCity& city, std::size_t member, sync::Micros& now);

  /// Writes one change of one record, made on what this node shows. Field 2 is left alone.
  crypto::Hash write(unsigned char record, std::uint32_t field, std::int64_t value);
  void remove(unsigned char record);
  /// From a backup: a new epoch, and for a device a new incarnation.
  void restore(Disk backup);
  void raise_incarnation();
  void restart();  ///< The server forgets its sessions.

  /// What the node shows, as bytes: every record's state.
  [[nodiscard]] std::string shown() const;
  [[nodiscard]] std::set<crypto::Hash> sets() const;
  /// Answers a request as it came over the wire.
  [[nodiscard]] std::string serve(std::string_view wire);

  // sync::Shelf
  Result<std::uint64_t> epoch() override;
  Result<Page> page(const crypto::Hash& reader, const sync::Cursor& from, bool include_own,
                    bool snapshots, std::size_t most) override;
  Result<Page> outgoing(const crypto::Hash& peer, std::uint64_t after_arrival, std::uint64_t regive,
                        std::size_t most) override;
  Result<std::vector<sync::Verdict>> take(std::vector<sync::Object> objects,
                                          const crypto::Hash& from) override;
  Result<std::vector<sync::Frontier>> frontiers(const std::vector<sync::FeedId>& feeds) override;
  Result<std::vector<HeldFeed>> own_feeds(const crypto::Hash& peer, bool theirs) override;
  Result<std::optional<crypto::Hash>> hash_at(const sync::FeedId& feed, std::uint64_t seq) override;
  Result<std::uint64_t> resume_after(const crypto::Hash& peer,
                                     const std::vector<sync::Frontier>& known,
                                     bool theirs) override;
  Result<std::uint64_t> newest() override;

  const SimCity& city;
  const std::size_t member;
  Disk disk;
  bool gives_receipts = false;
  std::size_t page_bytes = sync::kBatchBytesAim;
  /// Asked before anything of the shelf is done: an answer makes that call fail.
  std::function<std::optional<Errc>(const char* call)> trouble = [](auto) { return std::nullopt; };
  /// Asked for each object taken in: an answer is the verdict of it and all behind.
  std::function<std::optional<Errc>(std::size_t index)> refuse = [](auto) { return std::nullopt; };

 private:
  [[nodiscard]] const SimCity::Member& self() const { return city.members[member]; }
  crypto::Hash publish(sync::ChangeSet& set);
  [[nodiscard]] Result<void> accept(const sync::Object& object, const crypto::Hash& from);
  [[nodiscard]] Result<void> accept_receipt(const sync::Object& object, const crypto::Hash& from);
  void drain(const sync::FeedId& feed);
  void fold(const sync::ChangeSet& set, const sync::FeedId& feed);
  void give_receipt(const Entry& entry);
  template <class Keep>
  Page gather(std::uint64_t after, std::size_t most, Keep keep) const;

  sync::Micros& now_;
  std::unique_ptr<sync::Server> server_;
};

/// How a test treats what goes over the line; each answers whether it is lost.
struct LossyLine {
  std::function<bool()> lose_request = [] { return false; };
  std::function<bool()> lose_answer = [] { return false; };
  std::function<bool()> repeat_request = [] { return false; };
  std::vector<std::string> requests;  ///< All that were sent, for a test to send once more.
};

struct Outcome {
  bool finished = false;
  std::optional<Error> error;  ///< None although not finished: the line dropped.
  sync::Client::Progress progress;
  std::vector<sync::Verdict> refusals;
  std::vector<sync::Frontier> peer_ahead;
};
/// One exchange of a device with the hub. The device's memory is kept at every step.
Outcome exchange(SimNode& device, SimNode& hub, LossyLine& line);
Outcome exchange(SimNode& device, SimNode& hub);

}  // namespace linli::test
