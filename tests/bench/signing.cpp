// Signing and checking a change set, against libsodium alone on the same bytes.
#include <sodium.h>

#include "city.h"

namespace linli::bench {
namespace {

double each(std::size_t times, const std::function<void()>& work) {
  const Stopwatch watch;
  for (std::size_t i = 0; i < times; ++i) work();
  return watch.seconds() / static_cast<double>(times) * 1e6;
}

}  // namespace

void signing(const Settings& settings, Report& report) {
  const Folder folder(settings, "signing");
  City city(folder.path());
  for (const std::size_t changes : {std::size_t{3}, settings.size(500, 50)}) {
    Records source(Mix::inspections, 1, changes);
    Writer writer(city.hub(), kDistrict);
    const auto object = writer.sign(source.next(changes));
    const auto parcel = must(sync::Parcel::decode(object.bytes), "a parcel");
    const auto set = must(sync::decode_change_set(parcel.body), "a change set");
    const auto trust = city.hub().trust();
    unsigned char seed[crypto_sign_SEEDBYTES], open[crypto_sign_PUBLICKEYBYTES],
        secret[crypto_sign_SECRETKEYBYTES], signature[crypto_sign_BYTES];
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(open, secret, seed);
    const auto* bytes = reinterpret_cast<const unsigned char*>(parcel.body.data());
    const auto times = settings.size(changes > 3 ? 300 : 3000, 20);
    std::vector<double> signs, raw_signs, checks, raw_checks;
    for (int round = 0; round < settings.rounds; ++round) {
      signs.push_back(
          each(times, [&] { (void)writer.key().sign(crypto::kDomainChangeSet, parcel.body); }));
      raw_signs.push_back(each(times, [&] {
        crypto_sign_detached(signature, nullptr, bytes, parcel.body.size(), secret);
      }));
      checks.push_back(each(times, [&] {
        must(sync::judge_author(set, parcel.body, parcel.signature, trust->book), "a good set");
      }));
      raw_checks.push_back(each(times, [&] {
        ensure(crypto_sign_verify_detached(signature, bytes, parcel.body.size(), open) == 0,
               "a good signature");
      }));
    }
    const auto what =
        std::to_string(changes) + " changes, " + std::to_string(parcel.body.size()) + " bytes";
    report.add({.name = "signing/sign, " + std::to_string(changes) + " changes",
                .value = median(signs),
                .unit = "us",
                .raw = median(raw_signs),
                .raw_means = "crypto_sign_detached on the same bytes",
                .note = what});
    report.add({.name = "signing/judge the author, " + std::to_string(changes) + " changes",
                .value = median(checks),
                .unit = "us",
                .raw = median(raw_checks),
                .raw_means = "crypto_sign_verify_detached on the same bytes",
                .note = what});
  }
}

}  // namespace linli::bench
