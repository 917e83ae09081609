#include "node/blob_desk.h"

#include <algorithm>

#include "node/blob_transfer.h"
#include "node/upstream.h"

namespace linli::node {

using State = sync::BlobAnswer::State;

namespace {
constexpr int kProofsMax = 32;  ///< Checked in one request: each reads a whole file.
}

std::string BlobDesk::pack(const sync::BlobResponse& response) const {
  return sync::pack(response.encode(), replica_.key(), crypto::kDomainBlobResponse);
}

Result<sync::BlobRequest> BlobDesk::enter(const crypto::SignedBody& signed_request,
                                          sync::BlobResponse& response,
                                          crypto::Certificate& certificate) {
  const auto trust = replica_.trust();
  if (const auto epoch = replica_.epoch()) response.epoch = *epoch;
  if (!is_hub()) response.hub_epoch = hub_epoch(replica_);
  auto request =
      door_.enter(signed_request, trust->book, replica_.identity().city, replica_.now(), response);
  if (request) {
    // Who lost a scope may go on showing the certificate from before.
    certificate = *trust->book.find(trust->book.newest_after(request->certificate));
  } else {
    response.error = request.error().code;
    response.detail = request.error().detail;
  }
  return request;
}

bool BlobDesk::is_hub() const { return replica_.identity().role == crypto::Role::hub; }

/// For whom a peer may deliver: nothing, if for none of those it names. Also for the author of a
/// record that names it and that the peer may read: so a hub that lost its files gets them back
/// from whoever fetched them. That gives away nothing, since who has the content could do so
/// anyway.
std::optional<Blobs::Deliverer> BlobDesk::deliverer(const sync::BlobOffer& offer,
                                                    const crypto::Certificate& peer) {
  const auto lease = replica_.store().read();
  const auto& by = peer.subject;
  auto named = offer.authors;
  if (named.empty()) named.push_back(by);
  auto authors = store::vouched(*lease, by, named);
  if (authors.size() < named.size()) {
    const auto naming = store::named_for(*lease, peer, offer.hash);
    for (const auto& author : named) {
      const auto is = [&](const AuthorId& other) { return other == author; };
      if (std::none_of(authors.begin(), authors.end(), is) &&
          std::any_of(naming.begin(), naming.end(), is)) {
        authors.push_back(author);
      }
    }
  }
  if (authors.empty()) return std::nullopt;
  return Blobs::Deliverer{by, std::move(authors), false, true, false};
}

bool BlobDesk::at_hub(const Hash& hash) {
  if (is_hub()) return true;
  const auto lease = replica_.store().read();
  const auto row = store::find_blob(*lease, hash);
  return row ? row->safe : store::let_go_for_hub(*lease, hash);
}

sync::BlobAnswer BlobDesk::answer(const sync::BlobOffer& offer, const crypto::Certificate& peer,
                                  int& proofs_left) {
  if (offer.size == 0 || offer.size > sync::kBlobBytesMax) return {};
  const auto from = deliverer(offer, peer);
  if (!from) return {};
  const auto& by = peer.subject;
  auto& blobs = replica_.blobs();
  const auto state = blobs.state(offer.hash, by);
  if (!state.complete) {
    {
      // It was here, and the hub has it: no need to bring it once more.
      const auto lease = replica_.store().read();
      if (store::let_go_for_hub(*lease, offer.hash) &&
          store::delivered_by_all(*lease, offer.hash, from->for_authors)) {
        return {State::held, offer.size, {}, true};
      }
    }
    if (const auto room = blobs.has_room(offer.hash, offer.size, *from); !room) {
      blobs.note_full(room.error());
      return {State::full, 0, {}, false};
    }
    return {State::send, state.size == offer.size ? state.held : 0, {}, false};
  }
  {
    const auto lease = replica_.store().read();
    if (store::delivered_by_all(*lease, offer.hash, from->for_authors)) {
      return {State::held, state.size, {}, !is_hub() && at_hub(offer.hash)};
    }
  }
  // Others delivered it. Whoever merely knows its name shall not get at it by referring to it.
  if (!offer.proof || proofs_left-- <= 0) return {State::prove, 0, {}, false};
  const auto proof = blobs.proof(offer.hash, by);
  if (!proof || *proof != *offer.proof) return {};
  const auto noted = blobs.deliver(offer.hash, from->for_authors);
  return noted ? sync::BlobAnswer{State::held, state.size, {}, false} : sync::BlobAnswer{};
}

std::string BlobDesk::ask(const crypto::SignedBody& signed_request) {
  sync::BlobResponse response;
  crypto::Certificate certificate;
  const auto request = enter(signed_request, response, certificate);
  if (request) {
    int proofs_left = kProofsMax;
    for (const auto& offer : request->offers) {
      response.answers.push_back(answer(offer, certificate, proofs_left));
    }
    const bool can_fetch = !request->wishes.empty() && upstream(replica_);
    const auto lease = replica_.store().read();
    for (const auto& hash : request->wishes) {
      sync::BlobAnswer wish;
      const auto row = store::find_blob(*lease, hash);
      if (!row && can_fetch && !store::named_for(*lease, certificate, hash).empty() &&
          replica_.blobs().want_for_peer(hash)) {
        wish.state = State::coming;
      }
      if (row) wish.authors = store::served_through(*lease, certificate, hash);
      if (!wish.authors.empty()) {
        wish.state = State::available;
        wish.number = static_cast<std::uint64_t>(row->size);
        wish.at_hub = row->safe;
        if (wish.authors.size() > sync::kBlobAuthorsMax) wish.authors.resize(sync::kBlobAuthorsMax);
      }
      response.answers.push_back(std::move(wish));
    }
  }
  return pack(response);
}

BlobDesk::Delivery BlobDesk::begin(const crypto::SignedBody& signed_request) {
  Delivery delivery;
  auto& response = delivery.response;
  crypto::Certificate certificate;
  const auto refuse = [&](const Error& error) {
    response.error = error.code;
    response.detail = error.detail;
  };
  const auto request = enter(signed_request, response, certificate);
  if (!request) return delivery;
  if (!request->from || request->offers.size() != 1) {
    refuse({Errc::malformed, "content comes with one offer, and from a byte on", {}});
    return delivery;
  }
  const auto& offer = request->offers.front();
  const auto from = deliverer(offer, certificate);
  if (!from) {
    refuse({Errc::forbidden, "not a deliverer for these authors", {}});
  } else if (replica_.blobs().state(offer.hash, certificate.subject).complete) {
    refuse({Errc::replay, "it is here already: ask", {}});
  } else {
    auto receiving = replica_.blobs().receive(offer.hash, offer.size, *request->from, *from);
    if (receiving) {
      delivery.receiving.emplace(std::move(*receiving));
    } else {
      refuse(receiving.error());
    }
  }
  return delivery;
}

std::string BlobDesk::end(Delivery& delivery, const std::optional<Error>& failed) {
  auto& [receiving, response] = delivery;
  if (receiving) {
    auto complete = failed ? fail(*failed) : receiving->finish();
    if (!complete) {
      response.error = complete.error().code;
      response.detail = complete.error().detail;
    } else if (*complete) {
      response.answers = {{State::held, 0, {}, false}};
    } else {
      response.answers = {{State::send, receiving->held(), {}, false}};
    }
    receiving.reset();
  }
  return pack(response);
}

Result<BlobDesk::Content> BlobDesk::fetch(const crypto::SignedBody& signed_request) {
  sync::BlobResponse response;
  crypto::Certificate certificate;
  const auto request = enter(signed_request, response, certificate);
  if (!request) return fail(request.error());
  if (!request->from || request->wishes.size() != 1) {
    return fail(Errc::malformed, "content is asked for one, and from a byte on");
  }
  const auto& hash = request->wishes.front();
  {
    const auto lease = replica_.store().read();
    // One answer for what isn't here and what isn't for this reader: it learns nothing.
    if (store::served_through(*lease, certificate, hash).empty()) {
      return fail(Errc::not_found, "no attachment of that name for you");
    }
  }
  auto reading = replica_.blobs().open(hash);
  if (!reading) return fail(reading.error());
  if (*request->from >= reading->size()) return fail(Errc::bad_value, "from beyond its end");
  return Content{std::move(*reading), *request->from};
}

}  // namespace linli::node
