// node/authoring.h: one put() at work. Not for others.
#pragma once

#include <map>
#include <set>

#include "node/intake.h"

namespace linli::node {

using model::Draft;
using model::Fault;
using model::Field;
using model::Record;
using model::RecordType;

inline const std::string kNull = "\xf6";  ///< CBOR null.

[[nodiscard]] inline Fault fault(Errc code, std::string field, std::string zh, std::string en) {
  return {std::move(field), code, std::move(zh), std::move(en)};
}

/// One put() at work, on the writer thread.
struct Replica::Authoring final : model::Lookup {
  struct OwnedChange {
    std::uint32_t type;
    sync::RecordId id;
    sync::ChangeKind kind;
    std::uint64_t life = 0;
    std::vector<std::pair<std::uint32_t, std::string>> fields;
    sync::Base base;
  };
  struct OpenSet {
    sync::FeedName name;
    sync::FeedId feed{};
    std::uint64_t seq = 0;
    Hash prev{};
    std::optional<sync::Succession> succession;
    std::vector<OwnedChange> changes;
    std::vector<sync::Opening> openings;
    std::uint32_t commitments = 0;
    std::size_t bytes = 0;
    std::vector<std::size_t> outcomes;  ///< Which wishes it grants.
  };
  using Place = std::pair<std::string, sync::RecordId>;  ///< Of one type.

  Authoring(Replica& r, const PutOptions& o, std::vector<Outcome>& out)
      : replica(r), options(o), outcomes(out), own(*r.trust_->book.find(r.identity().certificate)) {
    r.leave_wrong_stamps();
    const auto now = r.clock_.now();
    moment = {now, model::local_day_of_ms(now / 1000)};
  }

  Replica& replica;
  const PutOptions& options;
  std::vector<Outcome>& outcomes;
  const crypto::Certificate& own;
  model::Moment moment;  ///< By this machine's clock.
  std::map<std::pair<std::string, int>, OpenSet> open;
  std::map<std::pair<std::uint32_t, Place>, Record> pending;  ///< What open sets make of records.

  [[nodiscard]] store::Log& log() const { return replica.store_->log(); }
  /// The type's rules that need other records or the time, which is the later of this machine's and
  /// the hub's newest: what lies before that isn't in the future.
  void check_with_others(const RecordType& type, const model::RecordView& record,
                         std::vector<Fault>& faults);
  /// The newest checkpoint of the hub that is known here.
  [[nodiscard]] std::optional<sync::Seen> newest_seen() const;
  /// May this node, and the person who asks?
  [[nodiscard]] bool node_may(sync::RoleMask who) const { return who & sync::mask(own.role); }
  [[nodiscard]] bool may(sync::RoleMask who) const {
    return node_may(who) && (who & options.by.roles) != 0;
  }
  [[nodiscard]] Fault may_not(sync::RoleMask who, std::string field, const RecordType& type) const;

  // model::Lookup
  [[nodiscard]] const Hash& city() const override { return replica.identity().city; }
  [[nodiscard]] std::optional<Record> find(std::uint32_t type, std::string_view scope,
                                           const sync::RecordId& id) const override {
    if (const auto here = pending.find({type, {std::string(scope), id}}); here != pending.end()) {
      return here->second;
    }
    const auto* table = replica.store_->projector().table(type);
    if (!table) return std::nullopt;
    auto row = table->find(replica.store_->database(), log().scope(scope), id);
    if (!row || (row->flags & store::kRowHidden)) return std::nullopt;
    row->record.scope = std::string(scope);
    return std::move(row->record);
  }

  /// A change that settles a conflict: it writes one cell whatever stands there, and names all its
  /// leaves (settling.cpp).
  struct Settling {
    std::uint32_t cell = 0;
    sync::Base leaves;
    bool keep = false;   ///< Nothing becomes different: what stands needs no checking.
    bool typed = false;  ///< The value is new, so that what it refers to must be here.
    std::optional<std::int64_t> from;  ///< State that a move starts from; nothing: a new record's.
  };

  /// Grants one wish, or fills the outcome's faults. A refusal by the road itself is an error.
  Result<void> grant(const Wish& wish, std::size_t at);
  Result<void> remove(const Wish& wish, std::size_t at, const store::Table& table);
  Result<void> change(const Draft& draft, std::size_t at, std::optional<store::Row> row,
                      const Settling* settling = nullptr);
  Result<void> settle(const Wish& wish, std::size_t at);
  Result<void> erase(const Wish& wish, std::size_t at, const store::Table& table);
  [[nodiscard]] bool was_erased(const Record& record, std::uint32_t field,
                                std::string_view value) const;
  Result<void> end_life(const store::Row& row, const RecordType& type, std::size_t at);
  [[nodiscard]] bool settled_before(const Wish& wish, const sync::Merged& merged) const;
  [[nodiscard]] bool has_value(const Wish& wish, const store::Row& row) const;
  [[nodiscard]] std::optional<Draft> settled_draft(const Wish& wish, const store::Row& row,
                                                   const sync::Leaf& chosen,
                                                   std::vector<Fault>& faults) const;
  Result<std::optional<store::Row>> stored(const RecordType& type, const std::string& scope,
                                           const sync::RecordId& id);
  [[nodiscard]] std::optional<Fault> find_place(const Wish& wish, Json& fields) const;
  [[nodiscard]] std::optional<Fault> choose_place(const std::vector<std::string>& found,
                                                  Json& fields) const;
  /// Completes what was given no scope: the new record, and what it refers to (authoring_home.cpp).
  void settle_places(const Wish& wish, Json& fields) const;
  void complete(const Field& field, const std::string& scope, Json& value) const;
  [[nodiscard]] std::optional<std::string> home_of(const RecordType& type,
                                                   const Json& fields) const;
  [[nodiscard]] std::vector<std::string> places_of(const RecordType& type, const Json& name,
                                                   const std::string& scope) const;
  [[nodiscard]] std::optional<std::string> compound_path_of(const Field& field, const Json& value,
                                                            const std::string& own_scope) const;
  [[nodiscard]] bool is_compound_path(const std::string& scope) const;
  /// `cells` ascending; null: all of them.
  [[nodiscard]] std::uint32_t settled_by(const store::Row& row, const sync::RecordState& state,
                                         const std::vector<std::uint32_t>* cells) const;
  void check_references(const Record& record, const Record& given, std::vector<Fault>& faults);
  void check_rights(const Draft& draft, std::vector<Fault>& faults) const;
  /// A notice that comes to be issued keeps the scope of who issued it.
  void name_issuer(Record& record, const Record& before) const;
  /// Of a notice that comes to have an extension: is it the first, and does this node grant it from
  /// above its issuer?
  void check_extension(const Record& record, const Record& before,
                       std::vector<Fault>& faults) const;
  /// Of a finding that its company was told of: is it due later than it stands, but by an
  /// extension?
  void check_due(const Draft& draft, const std::optional<store::Row>& row,
                 std::vector<Fault>& faults) const;
  /// Who sits in a committee, and who ever did, by their heads; reserves don't. `but`: not that
  /// record of a member.
  struct Seated {
    std::set<std::string> now, ever;
  };
  [[nodiscard]] Seated seated_in(const model::Ref& committee, const sync::RecordId* but) const;
  /// Of somebody who comes to sit in a committee, and of one with other seats: are there as many?
  void check_seats(const Record& record, const Record& before, std::vector<Fault>& faults) const;
  /// After a member was granted: its committee is short of members, or isn't any more.
  Result<void> carry_shortness(const Draft& draft, std::size_t at);
  /// After a notice was granted: its extension, if it has a new one, for its findings.
  Result<void> carry_extension(const Draft& draft, std::size_t at);
  /// After a sign-in was granted: flags it and those beside it that look signed for others.
  Result<void> mark_proxies(const Draft& draft, std::size_t at);
  /// Of a record that moves to another state: is something of it still open?
  void check_unfinished(const Record& record, std::vector<Fault>& faults) const;
  /// Of an inspection that comes to be reviewed, from the state `before`: does it show what its
  /// checklist wants to see?
  void check_shown(const Record& record, std::optional<std::int64_t> before,
                   std::vector<Fault>& faults) const;
  [[nodiscard]] std::optional<std::vector<sync::StateMove>> chain_for(
      const RecordType& type, const std::optional<std::string>& wanted,
      std::optional<std::int64_t> current, std::vector<Fault>& faults) const;

  OpenSet& set_for(const std::string& scope, sync::Audience audience);
  void emit(OpenSet& set, OwnedChange change, const RecordType& type, std::size_t outcome);
  Result<void> close(OpenSet& set);
  Result<void> close_all();
};

}  // namespace linli::node
