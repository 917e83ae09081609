#include "sync/blobs.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/exchange_detail.h"
#include "sync/message_reader.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kProtocol = 1;
constexpr std::size_t kMessageBytesMax = 1u << 20;

struct BlobReader : MessageReader {
  explicit BlobReader(std::string_view body)
      : MessageReader(body, kMessageBytesMax, "message over 1 MiB") {}

  std::size_t list(std::size_t most) {
    const auto n = r.array();
    if (n > most) refuse(Errc::too_large, "a list over its limit");
    return r.ok() ? n : 0;
  }
  std::vector<AuthorId> authors() {
    std::vector<AuthorId> names;
    for (auto n = list(kBlobAuthorsMax); n > 0 && r.ok(); --n) names.push_back(fixed<AuthorId>());
    return names;
  }
};

void write_authors(cbor::Writer& w, const std::vector<AuthorId>& authors) {
  w.array(authors.size());
  for (const auto& author : authors) w.bytes(author.view());
}

BlobOffer read_offer(BlobReader& in) {
  BlobOffer offer;
  const auto parts = in.list(4);
  if (parts < 3) in.r.reject("no offer");
  offer.hash = in.fixed<Hash>();
  offer.size = in.r.uint();
  offer.authors = in.authors();
  if (parts == 4) offer.proof = in.fixed<Hash>();
  return offer;
}

BlobAnswer read_answer(BlobReader& in) {
  BlobAnswer answer;
  const auto parts = in.list(3);
  if (parts < 2) in.r.reject("no answer");
  const auto state = in.r.uint();
  // A later version's way of saying no.
  if (state <= 6) answer.state = static_cast<BlobAnswer::State>(state);
  answer.number = in.r.uint();
  if (parts == 3) answer.authors = in.authors();
  return answer;
}

}  // namespace

std::string BlobRequest::encode() const {
  cbor::Writer w;
  w.map(4u + !session.is_zero() + !offers.empty() + !wishes.empty() + from.has_value());
  w.uint(0);
  w.uint(protocol);
  w.uint(1);
  w.bytes(city.view());
  w.uint(2);
  w.bytes(certificate.view());
  if (!session.is_zero()) {
    w.uint(3);
    w.bytes(session.view());
  }
  w.uint(4);
  w.uint(counter);
  if (!offers.empty()) {
    w.uint(5);
    w.array(offers.size());
    for (const auto& offer : offers) {
      w.array(offer.proof ? 4 : 3);
      w.bytes(offer.hash.view());
      w.uint(offer.size);
      write_authors(w, offer.authors);
      if (offer.proof) w.bytes(offer.proof->view());
    }
  }
  if (!wishes.empty()) {
    w.uint(6);
    w.array(wishes.size());
    for (const auto& hash : wishes) w.bytes(hash.view());
  }
  if (from) {
    w.uint(7);
    w.uint(*from);
  }
  return w.take();
}

Result<BlobRequest> BlobRequest::decode(std::string_view body) {
  BlobReader in{body};
  BlobRequest q;
  unsigned required = 0;
  for (cbor::IntMap m{in.r}; m.next();) {
    switch (m.key()) {
      case 0:
        in.protocol(q.protocol = in.r.uint(), kProtocol);
        required |= 1;
        break;
      case 1:
        q.city = in.fixed<Hash>();
        required |= 2;
        break;
      case 2:
        q.certificate = in.fixed<Hash>();
        required |= 4;
        break;
      case 3:
        q.session = in.fixed<Nonce>();
        break;
      case 4:
        q.counter = in.r.uint();
        required |= 8;
        break;
      case 5:
        for (auto n = in.list(kBlobAskMax); n > 0 && in.r.ok(); --n) {
          q.offers.push_back(read_offer(in));
        }
        break;
      case 6:
        for (auto n = in.list(kBlobAskMax); n > 0 && in.r.ok(); --n) {
          q.wishes.push_back(in.fixed<Hash>());
        }
        break;
      case 7:
        q.from = in.r.uint();
        break;
      default:
        in.other(m.key());
    }
  }
  if (required != 15) in.r.reject("a required key is missing");
  if (q.from && q.offers.size() + q.wishes.size() != 1) in.r.reject("content of one, and only one");
  if (auto whole = in.finish(); !whole) return fail(std::move(whole.error()));
  return q;
}

std::string BlobResponse::encode() const {
  const auto hint = clip(detail);
  cbor::Writer w;
  std::vector<std::size_t> at_hub;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].at_hub) at_hub.push_back(i);
  }
  w.map(4u + error.has_value() + !hint.empty() + (counter != 0) + !answers.empty() +
        !at_hub.empty() + (hub_epoch != 0));
  w.uint(0);
  w.uint(protocol);
  w.uint(1);
  w.bytes(request.view());
  w.uint(2);
  w.bytes(session.view());
  w.uint(3);
  w.uint(epoch);
  if (error) {
    w.uint(4);
    w.text(info(*error).name);
  }
  if (!hint.empty()) {
    w.uint(5);
    w.text(hint);
  }
  if (counter != 0) {
    w.uint(6);
    w.uint(counter);
  }
  if (!answers.empty()) {
    w.uint(7);
    w.array(answers.size());
    for (const auto& answer : answers) {
      w.array(answer.authors.empty() ? 2 : 3);
      w.uint(static_cast<std::uint64_t>(answer.state));
      w.uint(answer.number);
      if (!answer.authors.empty()) write_authors(w, answer.authors);
    }
  }
  if (!at_hub.empty()) {
    w.uint(8);
    w.array(at_hub.size());
    for (const auto i : at_hub) w.uint(i);
  }
  if (hub_epoch != 0) {
    w.uint(9);
    w.uint(hub_epoch);
  }
  return w.take();
}

Result<BlobResponse> BlobResponse::decode(std::string_view body) {
  BlobReader in{body};
  BlobResponse a;
  unsigned required = 0;
  for (cbor::IntMap m{in.r}; m.next();) {
    switch (m.key()) {
      case 0:
        in.protocol(a.protocol = in.r.uint(), kProtocol);
        required |= 1;
        break;
      case 1:
        a.request = in.fixed<Hash>();
        required |= 2;
        break;
      case 2:
        a.session = in.fixed<Nonce>();
        required |= 4;
        break;
      case 3:
        a.epoch = in.r.uint();
        required |= 8;
        break;
      case 4:
        a.error = errc_named(in.r.text());
        break;
      case 5:
        a.detail = clip(in.r.text());
        break;
      case 6:
        a.counter = in.r.uint();
        break;
      case 7:
        for (auto n = in.list(2 * kBlobAskMax); n > 0 && in.r.ok(); --n) {
          a.answers.push_back(read_answer(in));
        }
        break;
      case 8:
        for (auto n = in.list(2 * kBlobAskMax); n > 0 && in.r.ok(); --n) {
          const auto i = in.r.uint();
          if (i >= a.answers.size()) {
            in.r.reject("of an answer that isn't there");
          } else {
            a.answers[i].at_hub = true;
          }
        }
        break;
      case 9:
        a.hub_epoch = in.r.uint();
        break;
      default:
        in.other(m.key());
    }
  }
  if (required != 15) in.r.reject("a required key is missing");
  if (auto whole = in.finish(); !whole) return fail(std::move(whole.error()));
  return a;
}

std::string blob_proof_key(const AuthorId& by) {
  return std::string(crypto::hash({"linli/blob-proof/1", by.view()}).view());
}

Result<BlobRequest> BlobDoor::enter(const crypto::SignedBody& signed_request,
                                    const crypto::CertificateBook& book, const Hash& city,
                                    Micros now, BlobResponse& response) {
  response.request = crypto::hash({signed_request.body});
  {
    const std::lock_guard lock(guard_);
    response.session = session_;
  }
  auto request = BlobRequest::decode(signed_request.body);
  if (!request) return fail(request.error());
  if (request->city != city) return fail(Errc::other_city, "this is another city's node");
  const auto* certificate = book.find(request->certificate);
  if (!certificate) return fail(Errc::unknown_certificate, "this certificate isn't known here");
  if (!crypto::verify(certificate->signing_key, crypto::kDomainBlobRequest, signed_request.body,
                      signed_request.signature)) {
    return fail(Errc::bad_signature, "not signed by the certificate's key");
  }
  if (certificate->valid_until_us < now) {
    // What was recorded before may still be brought; nothing is handed out any more.
    if (!request->wishes.empty()) return fail(Errc::expired, "renew the certificate first");
  }
  if (book.revoked(*certificate) && !request->wishes.empty()) {
    return fail(Errc::revoked, "nothing is handed out to a key that was revoked");
  }
  const std::lock_guard lock(guard_);
  if (last_.size() >= kSessionsMax && !last_.contains(request->certificate)) {
    last_.clear();  // Everybody begins anew, which costs each a round trip.
    session_ = crypto::random<Nonce>();
  }
  response.session = session_;
  const auto known = last_.find(request->certificate);
  const auto count = known == last_.end() ? 0 : known->second;
  if (request->session != session_ || request->counter <= count) {
    response.counter = count;
    return fail(Errc::unauthorised, "not in this session, or a counter that was used before");
  }
  last_[request->certificate] = request->counter;
  return request;
}

}  // namespace linli::sync
