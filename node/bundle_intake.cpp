// Checking a bundle, and taking it in by the one road.
#include <algorithm>

#include "node/bundles.h"
#include "node/store/bundles.h"
#include "node/store/forks.h"

namespace linli::node {
namespace {

constexpr std::size_t kNamedMax = 1000;     ///< Scopes, authors and types that a report names.
constexpr std::size_t kRefusalsShown = 20;  ///< The others are counted.

/// Counts under a name; beyond kNamedMax names, under "…": a bundle can't fill our memory with
/// them.
void count(std::map<std::string, std::uint64_t>& counts, std::string name, std::uint64_t by = 1) {
  const bool room = counts.size() < kNamedMax || counts.contains(name);
  counts[room ? std::move(name) : std::string("…")] += by;
}

Json counts_json(const std::map<std::string, std::uint64_t>& counts) {
  Json json = Json::object();
  for (const auto& [name, n] : counts) json[name] = n;
  return json;
}

std::string name_of_node(const Trust& trust, const Hash& certificate) {
  const auto* known = trust.book.find(certificate);
  const auto digits = crypto::to_hex(certificate.view()).substr(0, 12);
  return known ? known->name + " (" + digits + ")" : digits;
}

bool waits(Errc code) {
  return code == Errc::gap || code == Errc::unknown_certificate || code == Errc::unknown_policy ||
         code == Errc::unknown_critical || code == Errc::held;
}

/// Is the author one of those who issued this certificate, or theirs?
bool stands_above(const Trust& trust, const crypto::AuthorId& author, const Hash& certificate) {
  const auto* below = trust.book.find(certificate);
  while (below) {
    const auto* issuer = trust.book.find(below->issuer);
    if (issuer && issuer->subject == author) return true;
    below = issuer;
  }
  return false;
}

}  // namespace

BundleIntake::BundleIntake(Replica& replica, Mode mode)
    : replica_(replica),
      mode_(mode),
      decoder_(replica.key()),
      blobs_(replica, mode == Mode::take, [this](const Error& why) { count_refusal(why); }) {}

Result<void> BundleIntake::feed(std::string_view bytes) {
  if (failed_) return fail(*failed_);
  decoder_.feed(bytes);
  auto done = drain();
  if (!done) failed_ = done.error();
  return done;
}

Result<void> BundleIntake::drain() {
  if (!head_judged_) {
    const auto begun = decoder_.begin();
    if (!begun) return fail(begun.error());
    if (!*begun) return {};
    // Whose it is, is asked before anything is opened.
    if (auto ours = judge_head(*decoder_.head()); !ours) return ours;
    if (auto chosen = choose_key(*decoder_.head()); !chosen) return chosen;
    head_judged_ = true;
  }
  for (;;) {
    auto frame = decoder_.next();
    if (!frame) return fail(frame.error());
    if (!*frame) return {};
    Result<void> done;
    if ((*frame)->kind == sync::FrameKind::manifest) done = open(**frame);
    if ((*frame)->kind == sync::FrameKind::objects) done = objects(**frame);
    if ((*frame)->kind == sync::FrameKind::blob) {
      done = blobs_.begin(*sync::BlobHead::decode((*frame)->payload));
    }
    if ((*frame)->kind == sync::FrameKind::blob_piece) done = blobs_.piece((*frame)->payload);
    if (!done) return done;
  }
}

/// A bundle may have been on its way while this node's key changed.
Result<void> BundleIntake::choose_key(const sync::PartHead& head) {
  const auto trust = replica_.trust();
  const auto* recipient = trust->book.find(head.recipient);
  if (!recipient || recipient->signing_key == replica_.key().public_key()) return {};
  const auto key = replica_.key_of(recipient->signing_key);
  if (!key) {
    return fail(Errc::wrong_recipient,
                "the bundle is sealed to an earlier key of this node: " + key.error().detail);
  }
  decoder_.use(**key);
  return {};
}

Result<void> BundleIntake::judge_head(const sync::PartHead& head) const {
  const auto trust = replica_.trust();
  const auto& me = replica_.identity();
  if (head.city != me.city) {
    return fail(Errc::other_city,
                "the bundle is of the city " + crypto::to_hex(head.city.view()).substr(0, 12) +
                    ", this node of " + crypto::to_hex(me.city.view()).substr(0, 12));
  }
  const auto* recipient = trust->book.find(head.recipient);
  // An earlier certificate of ours is ours as well.
  if (head.recipient == me.certificate || (recipient && recipient->subject == me.author)) return {};
  return fail(Errc::wrong_recipient, "the bundle is for " + name_of_node(*trust, head.recipient) +
                                         ", from " + name_of_node(*trust, head.exporter) +
                                         "; this node is " + me.name);
}

Result<void> BundleIntake::open(const sync::Frame& frame) {
  auto proven = std::make_shared<Trust>(*replica_.trust());
  auto manifest =
      sync::open_manifest(frame.payload, *decoder_.head(), decoder_.binding(), proven->book);
  if (!manifest) {
    return fail(manifest.error().code, "the manifest: " + manifest.error().detail);
  }
  manifest_ = std::move(*manifest);
  exporter_ = proven->book.find(manifest_->exporter)->subject;
  blobs_.begin_from(exporter_, stands_above(*proven, exporter_, replica_.identity().certificate));
  proven_ = std::move(proven);
  return mode_ == Mode::take ? notice_rollback() : Result<void>{};
}

/// Whoever knows more of our own feeds than we do says that our disk was rolled back (rule 18).
Result<bool> BundleIntake::knows_more(const sync::KnownFeed& told) {
  const auto held = replica_.frontiers({told.tip.feed});
  if (!held) return fail(held.error());
  if (held->empty() || held->front().seq < told.tip.seq) return true;
  const auto ours = replica_.hash_at(told.tip.feed, told.tip.seq);
  if (!ours) return fail(ours.error());
  return *ours && **ours != told.tip.hash;
}

Result<void> BundleIntake::notice_rollback() {
  std::uint64_t greatest = 0;
  for (const auto& told : manifest_->yours) {
    const auto more = knows_more(told);
    if (!more) return fail(more.error());
    if (!*more) continue;
    rolled_back_ = true;
    greatest = std::max(greatest, told.incarnation);
  }
  if (!rolled_back_) return {};
  std::uint64_t incarnation = 0;
  auto asked = replica_.write([&]() -> Result<void> {
    incarnation = static_cast<std::uint64_t>(replica_.store().log().meta_int("incarnation", 0));
    return {};
  });
  if (!asked) return asked;
  // Of an earlier incarnation that was done already: only the lost sets are still to come.
  return greatest >= incarnation ? replica_.succeed("peer_ahead") : Result<void>{};
}

Result<void> BundleIntake::objects(const sync::Frame& frame) {
  auto objects = sync::decode_objects(frame.payload);
  if (!objects) return fail(objects.error());
  for (const auto& object : *objects) look_at(object);
  return mode_ == Mode::take ? take(std::move(*objects)) : Result<void>{};
}

/// For the report. What can't be read isn't the bundle's fault: the replica judges each for itself.
void BundleIntake::look_at(const sync::Object& object) {
  if (object.kind != sync::ObjectKind::parcel) {
    ++tally_.receipts;
    return;
  }
  ++tally_.parcels;
  const auto parcel = sync::Parcel::decode(object.bytes);
  if (!parcel) {
    ++unreadable_;
    return;
  }
  auto set = sync::decode_change_set(parcel->body);
  if (!set) set = sync::decode_change_set_header(parcel->body);
  if (!set) {
    ++unreadable_;
    return;
  }
  changes_ += set->changes.size();
  count(scopes_, set->feed.scope);
  const auto* author = proven_->book.find(set->certificate);
  count(authors_, author ? author->name : crypto::to_hex(set->feed.author.view()));
  for (const auto& change : set->changes) {
    const auto* type = model::schema().type(change.type);
    count(types_, type ? std::string(type->name) : "#" + std::to_string(change.type));
    if (first_ == 0 || change.stamp < first_) first_ = change.stamp;
    last_ = std::max(last_, change.stamp);
  }
}

Result<void> BundleIntake::take(std::vector<sync::Object> objects) {
  const auto all = objects.size();
  const auto verdicts = replica_.take_from(std::move(objects), exporter_);
  if (!verdicts) return fail(verdicts.error());
  accepted_ += all - verdicts->size();
  for (const auto& verdict : *verdicts) {
    if (!verdict.refused) {
      ++accepted_;
    } else if (sync::is_transient(*verdict.refused)) {
      auto why = verdict.detail;
      if (*verdict.refused == Errc::slow_down) {
        why += ": what comes before it is missing; import the earlier bundles first, then this one";
      }
      return fail(*verdict.refused, why + "; what was taken in stays, importing it again goes on");
    } else {
      count_refusal({*verdict.refused, verdict.detail, {}});
    }
  }
  return {};
}

void BundleIntake::count_refusal(const Error& why) {
  if (why.code == Errc::replay) {
    ++known_;
  } else if (waits(why.code)) {
    ++waiting_;
  } else {
    ++refused_;
    if (refusals_.size() < kRefusalsShown) {
      refusals_.push_back({{"code", info(why.code).name}, {"detail", why.detail}});
    }
  }
}

/// The bundle is in: notes it for our next one to the exporter, and what that has of ours.
Result<void> BundleIntake::remember() {
  return replica_.write([this]() -> Result<void> {
    auto& log = replica_.store().log();
    const auto& m = *manifest_;
    store::save_imported(log, exporter_, m.recipient, {m.epoch, m.after, m.upto}, replica_.now());
    const bool of_now = m.acknowledged_epoch == *replica_.epoch();
    // It knew of this disk when it chose where to begin: by our receipts, or by the line.
    const bool chosen = of_now && !m.since && m.upto != 0;
    if (chosen) store::save_base(log, exporter_, m.recipient, m.epoch, m.after);
    // A bundle of before its disk was put back says nothing of what it has now.
    if (m.upto != 0 && m.epoch >= store::newest_epoch(log.database(), exporter_)) {
      // Of another epoch, or more than we have: said of a disk that we no longer are.
      const bool sound = m.acknowledged != 0 && of_now &&
                         m.acknowledged <= static_cast<std::uint64_t>(log.last_arrival());
      if (sound) {
        store::save_confirmed(log, exporter_, m.exporter, m.acknowledged_epoch, m.acknowledged);
      } else if (m.acknowledged == 0) {
        store::save_confirmed(log, exporter_, m.exporter, *replica_.epoch(), 0);
      }
    }
    // All that it has for us, our own included: what we had lost came with it.
    if (m.include_own && m.after == 0) log.set_meta_int("catching_up", 0);
    return {};
  });
}

/// What a branch says leaves the log only when the exporter has it: a bundle that brought the proof
/// that there are two brought it along.
Result<bool> BundleIntake::handed_on_branches() {
  const auto& m = *manifest_;
  if (m.acknowledged_epoch != *replica_.epoch()) return false;
  try {
    return !store::forked_behind(*replica_.store().read(), m.acknowledged);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

/// As after a whole exchange: a node that has no line has nothing but its sticks.
Result<void> BundleIntake::settle() {
  const auto& m = *manifest_;
  const auto handed_on = handed_on_branches();
  if (!handed_on) return fail(handed_on.error());
  if (*handed_on) {
    if (auto settled = replica_.settle_branches(); !settled) return settled;
  }
  if (auto again = replica_.write_again(); !again) return again;
  // One that was made for an earlier certificate lacks what the newest one gained, and so does one
  // of single sets.
  if (m.recipient != replica_.identity().certificate || m.upto == 0) return {};
  return replica_.leave_what_was_lost();
}

Result<Json> BundleIntake::finish() {
  decoder_.close();
  if (auto rest = feed({}); !rest) return fail(rest.error());
  if (!decoder_.complete()) return fail(Errc::truncated, "the bundle is empty", "0");
  const auto& m = *manifest_;
  if (mode_ == Mode::take) {
    if (auto kept = remember(); !kept) return fail(kept.error());
    if (auto settled = settle(); !settled) return fail(settled.error());
    replica_.contact(m.exporter, replica_.now());
  }
  auto json = head_json(*decoder_.head(), proven_.get());
  json["since"] = m.since ? Json(crypto::to_hex(m.since->view())) : Json();
  json["all"] = m.include_own;
  json["after"] = m.after;
  json["upto"] = m.upto;
  json["parcels"] = tally_.parcels;
  json["receipts"] = tally_.receipts;
  json["changes"] = changes_;
  json["blobs"] = blobs_.blobs();
  json["blob_bytes"] = blobs_.bytes();
  if (unreadable_ > 0) json["unreadable"] = unreadable_;
  json["kinds"] = counts_json(types_);
  json["scopes"] = counts_json(scopes_);
  json["authors"] = counts_json(authors_);
  json["first"] = first_ == 0 ? Json() : Json(model::instant_text(first_ / 1000));
  json["last"] = last_ == 0 ? Json() : Json(model::instant_text(last_ / 1000));
  if (mode_ == Mode::take) {
    if (rolled_back_) json["rolled_back"] = true;
    json["accepted"] = accepted_;
    json["known"] = known_;
    json["blobs_accepted"] = blobs_.accepted();
    json["blobs_known"] = blobs_.known();
    json["waiting"] = waiting_;
    json["refused"] = refused_;
    json["refusals"] = refusals_;
  }
  return json;
}

}  // namespace linli::node
