// forks list, forks export, check-fork: who signed two change sets under one number.
#include "node/store/forks.h"

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/letters.h"

namespace linli::app {
namespace {

Json set_json(const sync::ProvenFork& fork, const sync::ProvenFork::Set& set) {
  const auto* writer = fork.book.find(set.certificate);
  return {{"set", crypto::to_hex(set.hash.view())},
          {"stated", model::instant_text(set.stated / 1000)},
          {"node", writer->name},
          {"certificate", crypto::to_hex(set.certificate.view())}};
}

void print_advice() {
  print("可能的原因：机器被复制、磁盘整体回退后又继续使用，或密钥失窃。");
  print("怎么办：只保留一台机器，其余停用；密钥可能失窃的，请上级 linli revoke 后重新登记。");
  print(
      "A copied machine, a disk that was put back, or a stolen key: keep one machine; if the key "
      "may be stolen, have it revoked and enrol anew.");
}

/// Somebody holds a file here: what the table says of data that nodes send each other helps nobody.
Error of_file(Error why) {
  if (why.code == Errc::no_fork || why.code == Errc::unknown_critical) return why;
  const char* zh = why.code == Errc::bad_value    ? "--root 须为 64 位十六进制数字"
                   : why.code == Errc::other_city ? "证据属于其他城市，或 --root 不对"
                                                  : "证据不成立：不是同号双签的证据，或已被改动";
  why.detail = zh + (" " + why.detail);
  return why;
}

}  // namespace

int list_forks(const ForksOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto forks = store::list_forks(**store);
  if (options.json) {
    print_json(forks);
    return 0;
  }
  if (forks["items"].empty()) {
    print("没有同号双签。 Nobody is known to have signed two change sets under one number.");
    return 0;
  }
  Table table({"序号", "节点", "编号", "范围", "数据号", "获知"});
  bool own = false;
  for (const auto& fork : forks["items"]) {
    own = own || fork.value("own", false);
    table.add({std::to_string(fork.value("number", std::int64_t{0})),
               harmless(fork.value("node", "")) + (fork.value("own", false) ? "（本机 here）" : ""),
               fork.value("author", "").substr(0, 12), fork.value("scope", ""), fork["seq"].dump(),
               local_time(fork.value("since", ""))});
  }
  table.print(44);
  if (own) print("其中有本节点 this node is among them:");
  print_advice();
  return 0;
}

int export_fork(const ForksOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto proof = store::fork_proof(**store, options.number);
  if (!proof) return refuse(proof.error());
  if (!*proof) {
    return refuse(Errc::not_found, "没有这个编号 no such number: `linli forks list` shows them");
  }
  const auto fork = sync::ForkProof::decode(**proof);
  if (!fork) return refuse(fork.error());
  const auto book = crypto::CertificateBook::found(fork->root);
  if (!book) return refuse(book.error());
  if (auto written = write_letter(options.out, **proof); !written) return refuse(written.error());
  const auto city = crypto::to_hex(book->city().view());
  if (options.json) {
    print_json({{"file", options.out}, {"bytes", (*proof)->size()}, {"city", city}});
    return 0;
  }
  print("已写入 " + options.out + "（" + std::to_string((*proof)->size()) + " 字节）。 Written.");
  print("核对 check: linli check-fork " + options.out + " --root " + city);
  return 0;
}

int check_fork(const CheckProofOptions& options) {
  const auto bytes = read_file(options.file, sync::kForkProofBytesMax + 1);
  if (!bytes) return refuse(bytes.error());
  const auto fork = sync::check_fork(*bytes, std::string_view(options.root));
  if (!fork) return refuse(of_file(fork.error()));
  const auto first = set_json(*fork, fork->first), second = set_json(*fork, fork->second);
  const auto author = crypto::to_hex(fork->feed.author.view());
  if (options.json) {
    print_json(
        {{"holds", true},
         {"city",
          {{"name", fork->book.root().name}, {"id", crypto::to_hex(fork->book.city().view())}}},
         {"author", author},
         {"scope", fork->feed.scope},
         {"seq", fork->seq},
         {"sets", Json::array({first, second})}});
    return 0;
  }
  print("证据成立 it holds：" + harmless(fork->book.root().name));
  print(harmless(first.value("node", "")) + "（" + author.substr(0, 12) + "）在 " +
        fork->feed.scope + " 以编号 " + std::to_string(fork->seq) +
        " 签过两份不同的数据。 signed two change sets under this number.");
  for (const auto& set : {first, second}) {
    print("    " + set.value("set", "").substr(0, 32) + "  " + local_time(set.value("stated", "")));
  }
  print_advice();
  return 0;
}

}  // namespace linli::app
