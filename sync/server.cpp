// The answering side of an exchange.
#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "sync/exchange.h"
#include "sync/exchange_detail.h"

namespace linli::sync {

struct Server::Counters {
  std::mutex mutex;
  Nonce session = crypto::random<Nonce>();
  std::unordered_map<Hash, std::uint64_t> last;  ///< By certificate: greatest counter taken.
};

Server::Server(Shelf& shelf, Hash city)
    : shelf_(shelf), city_(city), counters_(std::make_shared<Counters>()) {}

Response Server::answer(const crypto::SignedBody& request, const crypto::CertificateBook& book,
                        Micros now) {
  Response response;
  response.request = crypto::hash({request.body});
  response.time = now;
  {
    const std::lock_guard lock{counters_->mutex};
    response.session = counters_->session;
  }
  const auto refuse = [&](Errc code, std::string detail) {
    response.error = code;
    response.detail = std::move(detail);
  };
  try {
    answer_in(response, request, book);
  } catch (const std::bad_alloc&) {
    refuse(Errc::slow_down, "out of memory");
  } catch (const std::exception& bug) {
    refuse(Errc::internal, bug.what());
  }
  return response;
}

void Server::answer_in(Response& response, const crypto::SignedBody& signed_request,
                       const crypto::CertificateBook& book) {
  const auto refuse = [&](const Error& error) {
    response.error = error.code;
    response.detail = error.detail;
  };
  auto request = Request::decode(signed_request.body);
  if (!request) return refuse(request.error());
  if (request->city != city_) return refuse({Errc::other_city, "this is another city's node", {}});
  const auto* certificate = book.find(request->certificate);
  if (certificate == nullptr)
    return refuse({Errc::unknown_certificate, "this certificate isn't known here", {}});
  if (!crypto::verify(certificate->signing_key, crypto::kDomainRequest, signed_request.body,
                      signed_request.signature))
    return refuse({Errc::bad_signature, "not signed by the certificate's key", {}});
  // Under an expired certificate, or by a key that was revoked, what was recorded may still be
  // brought (and is judged), but nothing is handed out any more.
  const auto* ended = book.revoked(*certificate);
  const bool only_asks = request->objects.empty() && request->ask.empty();
  if (ended || certificate->valid_until_us < response.time) request->pull = false;
  if (const auto entered = enter(response, *request); !entered) return refuse(entered.error());
  if (const auto taken = take_in(response, *request); !taken) return refuse(taken.error());
  if (const auto given = give_out(response, *request); !given) return refuse(given.error());
  if (ended && only_asks) return refuse({Errc::revoked, *ended, {}});
}

/// Each request once: whoever records one can't play it back.
Result<void> Server::enter(Response& response, const Request& request) {
  const std::lock_guard lock{counters_->mutex};
  auto& [mutex, session, last] = *counters_;
  if (last.size() >= kSessionsMax && !last.contains(request.certificate)) {
    last.clear();  // everybody begins anew, which costs each a round trip
    session = crypto::random<Nonce>();
  }
  response.session = session;
  const auto known = last.find(request.certificate);
  const std::uint64_t count = known == last.end() ? 0 : known->second;
  response.counter = count;
  if (request.session != session) return fail(Errc::unauthorised, "not in this session");
  if (request.counter <= count) return fail(Errc::unauthorised, "this counter was used before");
  response.counter = 0;
  last[request.certificate] = request.counter;
  return {};
}

Result<void> Server::take_in(Response& response, Request& request) {
  const auto epoch = shelf_.epoch();
  if (!epoch) return fail(epoch.error());
  if (!request.objects.empty()) {
    std::vector<Object> sound;
    std::vector<std::uint32_t> places;
    for (std::size_t i = 0; i < request.objects.size(); ++i) {
      if (auto refused = refuse_outright(request.objects[i], i)) {
        response.verdicts.push_back(std::move(*refused));
        continue;
      }
      sound.push_back(std::move(request.objects[i]));
      places.push_back(static_cast<std::uint32_t>(i));
    }
    auto verdicts = shelf_.take(std::move(sound), request.certificate);
    if (!verdicts) return fail(verdicts.error());
    for (auto& verdict : *verdicts) {
      ensure(verdict.index < places.size(), "exchange: a verdict on an object that was given");
      verdict.index = places[verdict.index];
      response.verdicts.push_back(std::move(verdict));
    }
  }
  // From here on the client may count its objects as taken, even if we fail to give it ours.
  const bool same = request.cursor.epoch == *epoch;
  response.cursor = Cursor{*epoch, request.certificate, same ? request.cursor.arrival : 0};
  return {};
}

Result<void> Server::give_out(Response& response, const Request& request) {
  if (!request.ask.empty()) {
    auto frontiers = shelf_.frontiers(request.ask);
    if (!frontiers) return fail(frontiers.error());
    response.frontiers = std::move(*frontiers);
  }
  if (!request.pull) return {};
  const auto most = request.portion == 0 ? kBatchBytesAim
                                         : std::min<std::uint64_t>(request.portion, kBatchBytesAim);
  auto page = shelf_.page(request.certificate, request.cursor, request.include_own,
                          request.snapshots, most);
  if (!page) return fail(page.error());
  response.objects = std::move(page->objects);
  response.cursor = page->cursor;
  response.more = page->more;
  response.remaining = page->remaining;
  // What the page brings it may hold the certificate that it lacks, so that it comes at the end.
  if (!page->more) response.notice = shelf_.notice(request.certificate);
  return {};
}

}  // namespace linli::sync
