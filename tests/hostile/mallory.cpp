#include "tests/hostile/mallory.h"

#include <zstd.h>

#include "crypto/cbor.h"
#include "crypto/key_file.h"
#include "node/enrolment.h"
#include "node/exchange.h"
#include "tests/hostile/raw.h"

namespace linli::hostile {
namespace {

constexpr std::uint32_t kBuilding = 12;  ///< Plain fields only, and any office may write it.

template <class T>
T must(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + describe(result.error()));
  return std::move(*result);
}

std::string name_of(Errc code) { return std::string(info(code).name); }

/// "gap, gap, fork" → "gap x2, fork"
std::string summed_up(const std::vector<std::string>& all) {
  std::string text;
  for (std::size_t i = 0, n = 0; i < all.size(); i += n) {
    for (n = 0; i + n < all.size() && all[i + n] == all[i];) ++n;
    text += (text.empty() ? "" : ", ") + all[i] + (n > 1 ? " x" + std::to_string(n) : "");
  }
  return text;
}

}  // namespace

void anew(sync::ChangeSet& set) {
  set.feed.incarnation = {1, crypto::random<sync::Nonce>()};
  set.seq = 1;
  set.prev = {};
  set.succession = sync::Succession{"restored", {}, 0, {}};
}

std::string Said::text() const {
  if (response && response->error) return "200 " + name_of(*response->error);
  return std::to_string(status) + (code.empty() ? "" : " " + code);
}

Mallory::Mallory(const e2e::Scratch& scratch, e2e::Node& hub, const std::string& scope,
                 crypto::Role role)
    : scope_(scope),
      me_{crypto::SigningKey::generate(), {}, {}, {}},
      floors_(cbor::encode_int(6)),
      number_(cbor::encode_text("手写")) {
  turn_to(hub);
  join(scratch, hub, role);
}

void Mallory::turn_to(const e2e::Node& node) {
  client_ = std::make_unique<node::HttpClient>(node.url());
  session_ = {};
  counter_ = 0;
}

void Mallory::join(const e2e::Scratch& scratch, e2e::Node& hub, crypto::Role role) {
  auto line = e2e::must(
      scratch, {"invite", "--data", hub.data(), "--role", std::string(crypto::name_of(role)),
                "--scope", scope_, "--name", "恶意节点 " + std::to_string(clock_.now())});
  const auto dir = scratch / ("mallory" + std::to_string(clock_.now()));
  const auto joined = node::join(dir, must(node::Invite::parse(line), "invite"), hub.url(), clock_);
  if (!joined) throw std::runtime_error("join: " + describe(joined.error()));
  auto replica = must(node::Replica::open(dir, clock_), "open");
  const node::Post send = [this](const std::string& wire) {
    recorded_.push_back(wire);
    return client_->send("POST", "/api/v1/sync", wire, "application/vnd.linli+cbor");
  };
  (void)must(node::exchange(*replica, send), "a first exchange");
  const auto trust = replica->trust();
  const auto own = replica->identity().certificate;
  book_ = trust->book;
  policy_ = trust->newest_policy;
  chain_ = node::chain_to(book_, own);
  me_.certificate = *book_.find(own);
  me_.signed_certificate = *book_.signed_bytes(own);
  me_.hash = own;
  hub_ = me_.certificate.issuer;
  replica.reset();
  me_.key = must(crypto::SigningKey::load(dir / "node.key"), "its key");
}

const crypto::PublicKey& Mallory::hub_key() const { return book_.find(hub_)->signing_key; }

// ---- Change sets --------------------------------------------------------------------------------

sync::ChangeSet Mallory::next_set() {
  sync::ChangeSet set;
  set.city = city();
  set.feed = {me_.certificate.subject, scope_, sync::Audience::ancestors, {}};
  set.certificate = me_.hash;
  set.policy = policy_;
  set.seq = seq_ + 1;
  set.prev = prev_;
  set.schema_version = 1;
  set.time_base = stamp_ = std::max(stamp_ + 1, clock_.now());
  sync::Change change;
  change.type = kBuilding;
  change.id = crypto::random<sync::RecordId>();
  change.stamp = stamp_;
  change.fields = {{2, number_}, {3, floors_}};
  set.changes.push_back(change);
  return set;
}

std::string Mallory::body(const SpoilSet& spoil) {
  auto set = next_set();
  if (spoil) spoil(set);
  return must(sync::encode_change_set(set), "encode");
}

sync::Object Mallory::seal_as(const crypto::SigningKey& key, const std::string& body,
                              std::string_view domain) {
  sync::Parcel parcel;
  parcel.body = body;
  parcel.signature = key.sign(domain, body);
  return {sync::ObjectKind::parcel, parcel.encode()};
}

sync::Object Mallory::seal(const std::string& body, std::vector<sync::Opening> openings) const {
  sync::Parcel parcel;
  parcel.body = body;
  parcel.signature = me_.key.sign(crypto::kDomainChangeSet, body);
  parcel.openings = std::move(openings);
  return {sync::ObjectKind::parcel, parcel.encode()};
}

sync::Object Mallory::write_aside(const SpoilSet& spoil) { return seal(body(spoil)); }

sync::Object Mallory::write(const SpoilSet& spoil) {
  const auto bytes = body(spoil);
  ++seq_;
  prev_ = sync::change_set_hash(bytes);
  return seal(bytes);
}

sync::Object Mallory::write_as(const Identity& who, const SpoilSet& spoil) {
  return seal_as(who.key, body([&](sync::ChangeSet& set) {
                   set.feed.author = who.certificate.subject;
                   set.certificate = who.hash;
                   set.seq = 1;
                   set.prev = {};
                   if (spoil) spoil(set);
                 }));
}

// ---- Certificates -------------------------------------------------------------------------------

Identity Mallory::issue(const std::function<void(crypto::Certificate&)>& spoil,
                        const crypto::SigningKey* issuer) const {
  Identity made{crypto::SigningKey::generate(), me_.certificate, {}, {}};
  auto& c = made.certificate;
  c.serial = 1;
  c.subject = crypto::author_of(made.key.public_key());
  c.signing_key = made.key.public_key();
  c.sealing_key = made.key.sealing_key();
  c.role = crypto::Role::office;
  c.name = "恶意节点的下级";
  c.delegation = me_.certificate.delegation - 1;
  c.issuer = me_.hash;
  if (spoil) spoil(c);
  made.signed_certificate = node::sign_certificate(c, issuer ? *issuer : me_.key);
  made.hash = crypto::certificate_hash(c.encode());
  return made;
}

std::string Mallory::hello(const std::vector<std::string>& chain) {
  cbor::Writer w;
  w.array(chain.size());
  for (const auto& certificate : chain) w.bytes(certificate);
  return http("POST", "/api/v1/sync/hello", w.take());
}

std::string Mallory::hello_with(const std::vector<Identity*>& more) {
  auto all = chain_;
  for (const auto* one : more) all.push_back(one->signed_certificate);
  return hello(all);
}

// ---- Talking ------------------------------------------------------------------------------------

node::HttpAnswer Mallory::answer(const std::string& method, const std::string& path,
                                 const std::string& body,
                                 const std::map<std::string, std::string>& headers,
                                 const std::string& type) {
  const auto send = [&] {
    return client_->send(method, path, body, body.empty() ? "" : type, headers);
  };
  auto said = send();
  if (!said) said = send();  // The node may have hung up behind the answer before.
  if (!said) return {};
  return std::move(*said);
}

std::string Mallory::http(const std::string& method, const std::string& path,
                          const std::string& body,
                          const std::map<std::string, std::string>& headers,
                          const std::string& type) {
  const auto said = answer(method, path, body, headers, type);
  if (said.status == 0) return "no answer";
  const auto json = e2e::Json::parse(said.body, nullptr, false);
  const auto code = json.is_object() ? json.value("code", "") : "";
  return std::to_string(said.status) + (code.empty() ? "" : " " + code);
}

Said Mallory::post(const std::string& wire, const std::string& path) {
  Said said;
  const auto answer = client_->send("POST", path, wire, "application/vnd.linli+cbor");
  if (!answer) return said;
  said.status = answer->status;
  if (said.status != 200) {
    const auto json = e2e::Json::parse(answer->body, nullptr, false);
    if (json.is_object()) said.code = json.value("code", "");
    return said;
  }
  if (auto response = sync::open_response(answer->body, hub_key())) {
    said.response = std::move(*response);
  } else {
    said.code = "unreadable";
  }
  return said;
}

std::string Mallory::request(const Spoil& spoil, const Identity* who) {
  const auto& speaker = who ? *who : me_;
  sync::Request q;
  q.city = city();
  q.certificate = speaker.hash;
  q.session = session_;
  q.counter = ++counter_;
  q.pull = false;
  if (spoil) spoil(q);
  return sync::pack(q.encode(), speaker.key, crypto::kDomainRequest);
}

void Mallory::enter(const Identity& who) {
  const auto first = post(request([](auto& q) { q.session = {}; }, &who));
  if (!first.response) return;
  session_ = first.response->session;
  counter_ = std::max(counter_, first.response->counter);
}

Said Mallory::ask(const Spoil& spoil, const Identity* who) {
  enter(who ? *who : me_);
  return post(request(spoil, who));
}

std::string Mallory::push(std::vector<sync::Object> objects, const Identity* who) {
  const auto n = objects.size();
  const auto said = ask([&](auto& q) { q.objects = std::move(objects); }, who);
  if (!said.response || said.response->error) return said.text();
  std::vector<std::string> became(n, "accepted");
  for (const auto& verdict : said.response->verdicts) {
    became.at(verdict.index) = verdict.refused ? name_of(*verdict.refused) : "?";
  }
  return summed_up(became);
}

std::string bomb(std::size_t bytes, bool says_its_size) {
  const std::string zeros(bytes, '\0');
  std::string out(ZSTD_compressBound(bytes), '\0');
  auto* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, says_its_size);
  if (says_its_size) ZSTD_CCtx_setPledgedSrcSize(context, bytes);
  ZSTD_inBuffer in{zeros.data(), zeros.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  while (ZSTD_compressStream2(context, &to, &in, ZSTD_e_end) != 0) {
  }
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return '\x01' + out;
}

}  // namespace linli::hostile
