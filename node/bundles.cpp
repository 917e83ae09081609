// Whom a bundle is for, what goes into it, and writing it.
#include "node/bundles.h"

#include <algorithm>

#include "node/store/branches.h"
#include "node/store/bundles.h"
#include "node/store/forks.h"
#include "node/store/peers.h"

namespace linli::node {
namespace {

constexpr std::size_t kDigitsMin = 8;

bool begins_with_hex(std::string_view named, std::string_view bytes) {
  return named.size() >= kDigitsMin && crypto::to_hex(bytes).starts_with(named);
}

/// From the one that the root issued down to `certificate`.
std::vector<std::string> chain_of(const crypto::CertificateBook& book, const Hash& certificate) {
  std::vector<std::string> chain;
  for (auto at = certificate; chain.size() < sync::kChainMax;) {
    const auto* found = book.find(at);
    if (!found) break;
    chain.push_back(*book.signed_bytes(at));
    at = found->issuer;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Json node_json(const Hash& certificate, const Trust* trust) {
  Json json{{"certificate", crypto::to_hex(certificate.view())}};
  const auto* known = trust ? trust->book.find(certificate) : nullptr;
  if (!known) return json;
  json["name"] = known->name;
  json["scope"] = known->paths.front();
  json["role"] = crypto::name_of(known->role);
  return json;
}

/// What the upstream acknowledged on the line, if this is the upstream and it wasn't restored
/// since; `epoch`: its newest that is known here.
std::uint64_t acknowledged_by_line(Replica& replica, const Hash& recipient, std::uint64_t epoch) {
  const auto kept = replica.peer(recipient);
  if (!kept) return 0;
  const auto& memory = *kept;
  constexpr std::uint64_t kForgotten = 1;  // See store::forget_exchanges.
  const bool certain = memory.pushed_epoch > kForgotten &&
                       memory.pushed_epoch != sync::kEpochLost && memory.pushed_epoch >= epoch;
  return certain ? memory.pushed : 0;
}

}  // namespace

Result<Hash> find_node(const Replica& replica, std::string_view named) {
  const auto trust = replica.trust();
  std::map<crypto::AuthorId, Hash> found;
  for (const auto& [hash, certificate] : trust->book.all()) {
    const bool fits = named == certificate->name || named == certificate->paths.front() ||
                      named == crypto::name_of(certificate->role) ||
                      begins_with_hex(named, hash.view()) ||
                      begins_with_hex(named, certificate->subject.view());
    if (fits) found[certificate->subject] = *trust->book.newest_of(certificate->subject);
  }
  const bool only_us = found.size() == 1 && found.contains(replica.identity().author);
  if (only_us) return fail(Errc::bad_value, "that is this node itself", "for");
  found.erase(replica.identity().author);
  if (found.empty()) {
    return fail(Errc::not_found,
                "no node is known here as \"" + std::string(named) +
                    "\": its name, scope, role, or 8 digits of its fingerprint; its certificate "
                    "comes with a sync, or with a bundle of a node that knows it",
                "for");
  }
  if (found.size() == 1) return found.begin()->second;
  std::string names;
  std::size_t shown = 0;
  for (const auto& [author, hash] : found) {
    if (++shown > 5) break;
    names += (names.empty() ? "" : ", ") + trust->book.find(hash)->name + " " +
             crypto::to_hex(hash.view()).substr(0, 12);
  }
  return fail(Errc::bad_value,
              std::to_string(found.size()) +
                  " nodes are called that: name one by its fingerprint (" + names + ")",
              "for");
}

Json head_json(const sync::PartHead& head, const Trust* trust) {
  Json json{{"id", crypto::to_hex(head.id.view())},
            {"for", node_json(head.recipient, trust)},
            {"from", node_json(head.exporter, trust)},
            {"city", {{"hash", crypto::to_hex(head.city.view())}}},
            {"created", model::instant_text(head.created / 1000)}};
  if (trust && trust->book.city() == head.city) json["city"]["name"] = trust->book.root().name;
  if (head.parts != 0) {
    json["part"] = head.part;
    json["parts"] = head.parts;
    json["bytes"] = head.size;
  }
  return json;
}

Result<BundleExport> BundleExport::prepare(Replica& replica, const ExportRequest& request) {
  const auto trust = replica.trust();
  const auto* recipient = trust->book.find(request.recipient);
  if (!recipient) return fail(Errc::unknown_certificate, "the recipient's");
  const auto& me = replica.identity();
  BundleExport out(replica);
  out.recipient_ = *recipient;
  auto& m = out.manifest_;
  m.city = me.city;
  m.id = crypto::random<sync::BundleId>();
  m.exporter = me.certificate;
  m.recipient = request.recipient;
  m.created = replica.now();
  m.epoch = *replica.epoch();
  m.upto = static_cast<std::uint64_t>(replica.arrival());
  m.include_own = request.all;
  m.photos = request.photos;
  m.chain = chain_of(trust->book, me.certificate);
  try {
    auto lease = replica.store().read();
    const store::Transaction snapshot(*lease, true);
    auto& db = *lease;
    if (request.since) {
      const auto made = store::made_bundle(db, *request.since);
      if (!made) {
        return fail(Errc::not_found, "this node made no bundle " +
                                         crypto::to_hex(request.since->view()) +
                                         " that it remembers: leave --since out, or use --all");
      }
      if (made->recipient != recipient->subject) {
        return fail(Errc::bad_value, "that bundle was made for another node", "since");
      }
      // After a restore, or for a reader of other paths, nothing is certain any more.
      if (made->stretch.epoch == m.epoch && made->certificate == request.recipient) {
        m.since = request.since;
        m.after = std::min(made->stretch.upto, m.upto);
      }
    } else if (!request.all) {
      const auto epoch = store::newest_epoch(db, recipient->subject);
      m.after = std::max(acknowledged_by_line(replica, request.recipient, epoch),
                         store::confirmed(db, recipient->subject, request.recipient, m.epoch));
      if (recipient->rights & crypto::kRightReceipt) {
        // Of a feed with two branches it may lack the one that is here, its own included.
        const auto fork = store::forked_behind(db, m.after);
        auto receipted = store::receipted_to(db, *recipient, me.author);
        if (const auto branch = store::first_branch_entry(db, m.after)) {
          receipted = std::min(receipted, *branch - 1);
        }
        m.after = fork ? std::min(m.after, fork->branch - 1) : std::max(m.after, receipted);
        m.include_own = fork.has_value();
      }
      m.after = std::min(m.after, m.upto);
    }
    m.tally = store::count_readable(db, *recipient, {m.epoch, m.after, m.upto}, m.include_own);
    m.yours = store::feeds_by(db, *recipient);
    if (const auto back = store::imported(db, recipient->subject, me.certificate)) {
      m.acknowledged_epoch = back->epoch;
      m.acknowledged = back->upto;
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  if (m.photos) {
    const auto counted = out.each_blob([&](const store::BlobToSend& blob) -> Result<void> {
      ++m.tally.blobs;
      m.tally.blob_bytes += static_cast<std::uint64_t>(blob.size);
      return {};
    });
    if (!counted) return fail(counted.error());
  }
  return out;
}

Result<void> BundleExport::run(const Sink& sink, const Progress& progress) {
  const auto& m = manifest_;
  sync::PartHead head;
  head.id = m.id;
  head.city = m.city;
  head.recipient = m.recipient;
  head.exporter = m.exporter;
  head.created = m.created;
  auto encoder = sync::BundleEncoder::begin(head, recipient_.sealing_key, sink);
  if (!encoder) return fail(encoder.error());
  manifest_.stream = encoder->binding();
  if (auto done = encoder->manifest(manifest_, replica_.key()); !done) return done;
  if (auto done = write_objects(*encoder, progress); !done) return done;
  if (manifest_.photos) {
    const auto done =
        each_blob([&](const store::BlobToSend& blob) { return write_blob(*encoder, blob); });
    if (!done) return done;
  }
  if (auto done = encoder->end(); !done) return done;
  written_ = encoder->tally();
  return replica_.write([this]() -> Result<void> {
    store::save_made_bundle(replica_.store().log(),
                            {manifest_.id,
                             recipient_.subject,
                             manifest_.recipient,
                             {manifest_.epoch, manifest_.after, manifest_.upto},
                             manifest_.created});
    return {};
  });
}

Result<void> BundleExport::write_objects(sync::BundleEncoder& encoder, const Progress& progress) {
  const auto& m = manifest_;
  const auto total = static_cast<std::int64_t>(m.tally.parcels + m.tally.receipts);
  auto from = replica_.cursor_at(m.recipient, m.after);
  if (!from) return fail(from.error());
  auto cursor = std::move(*from);
  std::int64_t done = 0;
  for (bool more = m.after < m.upto; more;) {
    auto page = replica_.page(m.recipient, cursor, m.include_own);
    if (!page) return fail(page.error());
    // What arrived since the manifest was made belongs to the next bundle.
    const auto within = static_cast<std::size_t>(
        std::upper_bound(page->arrivals.begin(), page->arrivals.end(), m.upto) -
        page->arrivals.begin());
    page->objects.resize(within);
    if (auto put = encoder.objects(page->objects); !put) return put;
    done += static_cast<std::int64_t>(within);
    if (progress) progress(done, std::max(done, total));
    more = page->more && page->cursor.arrival < m.upto;
    cursor = page->cursor;
  }
  return {};
}

Result<void> BundleExport::each_blob(const TakeBlob& take) {
  constexpr std::size_t kSome = 500;
  const store::Stretch stretch{manifest_.epoch, manifest_.after, manifest_.upto};
  Hash behind{};
  for (;;) {
    std::vector<store::BlobToSend> some;
    try {
      const auto lease = replica_.store().read();
      some = store::blobs_for(*lease, recipient_, stretch, manifest_.include_own, behind, kSome);
    } catch (const store::DatabaseError& e) {
      return fail(e.error());
    }
    for (const auto& blob : some) {
      if (auto taken = take(blob); !taken) return taken;
      behind = blob.hash;
    }
    if (some.size() < kSome) return {};
  }
}

Result<void> BundleExport::write_blob(sync::BundleEncoder& encoder, const store::BlobToSend& blob) {
  const auto reading = replica_.blobs().open(blob.hash);
  // One that went meanwhile, or whose file is damaged (`verify` says so), holds up nothing.
  if (!reading || reading->size() != static_cast<std::uint64_t>(blob.size)) return {};
  const auto size = reading->size();
  if (auto begun = encoder.blob({blob.hash, size, blob.authors}); !begun) return begun;
  std::string piece(sync::kBlobPieceBytes, '\0');
  for (std::uint64_t at = 0; at < size;) {
    const auto got = reading->read(at, piece.data(), piece.size());
    if (!got) return fail(got.error());
    if (*got == 0) return fail(Errc::corrupt, "an attachment ends too early: linli verify");
    const auto put = encoder.blob_piece(std::string_view(piece).substr(0, *got));
    if (!put) return put;
    at += *got;
  }
  return {};
}

Json BundleExport::json() const {
  const auto& m = manifest_;
  const auto trust = replica_.trust();
  return {{"id", crypto::to_hex(m.id.view())},
          {"for", node_json(m.recipient, trust.get())},
          {"since", m.since ? Json(crypto::to_hex(m.since->view())) : Json()},
          {"all", m.include_own},
          {"after", m.after},
          {"upto", m.upto},
          {"parcels", written_.parcels},
          {"receipts", written_.receipts},
          {"photos", m.photos},
          {"blobs", written_.blobs},
          {"blob_bytes", written_.blob_bytes}};
}

}  // namespace linli::node
