#include "guildscope/instrumentation/dpp/library_symbols.hpp"

#include <dlfcn.h>
#include <link.h>

#include <optional>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

namespace guildscope::dpp {
namespace {

/// The tables of a loaded shared object that its dynamic section points to.
struct DynamicTables {
  const char* names = nullptr;
  const ElfW(Sym) * symbols = nullptr;
  std::span<const ElfW(Rela)> relocations;
  std::span<const ElfW(Rela)> jump_slots;
};

DynamicTables ReadDynamicSection(const link_map& object) {
  // glibc has relocated these addresses on most machines, and left them as they are in the file on some.
  const auto at = [&object](ElfW(Addr) address) { return address < object.l_addr ? address + object.l_addr : address; };
  DynamicTables tables;
  const ElfW(Rela)* relocations = nullptr;
  const ElfW(Rela)* jump_slots = nullptr;
  std::size_t relocations_bytes = 0;
  std::size_t jump_slots_bytes = 0;
  for (const ElfW(Dyn)* entry = object.l_ld; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_STRTAB:
        tables.names = reinterpret_cast<const char*>(at(entry->d_un.d_ptr));
        break;
      case DT_SYMTAB:
        tables.symbols = reinterpret_cast<const ElfW(Sym)*>(at(entry->d_un.d_ptr));
        break;
      case DT_RELA:
        relocations = reinterpret_cast<const ElfW(Rela)*>(at(entry->d_un.d_ptr));
        break;
      case DT_RELASZ:
        relocations_bytes = entry->d_un.d_val;
        break;
      case DT_JMPREL:
        jump_slots = reinterpret_cast<const ElfW(Rela)*>(at(entry->d_un.d_ptr));
        break;
      case DT_PLTRELSZ:
        jump_slots_bytes = entry->d_un.d_val;
        break;
      default:
        break;
    }
  }
  if (relocations != nullptr) tables.relocations = {relocations, relocations_bytes / sizeof(ElfW(Rela))};
  if (jump_slots != nullptr) tables.jump_slots = {jump_slots, jump_slots_bytes / sizeof(ElfW(Rela))};
  return tables;
}

/// libdpp as the dynamic linker sees it; null when it is part of this program.
const link_map* FindLibrary() {
  void* const definition = NextSymbol<void*>("_ZN3dpp7cluster5startENS_10start_typeE");
  Dl_info info{};
  void* object = nullptr;
  if (definition == nullptr || dladdr1(definition, &info, &object, RTLD_DL_LINKMAP) == 0) return nullptr;
  return static_cast<const link_map*>(object);
}

std::size_t SymbolIndex(const ElfW(Rela) & relocation) {
  if constexpr (sizeof(ElfW(Addr)) == 8) return ELF64_R_SYM(relocation.r_info);
  return ELF32_R_SYM(relocation.r_info);
}

const void* ObjectOf(const void* address) {
  Dl_info info{};
  return address != nullptr && dladdr(address, &info) != 0 ? info.dli_fbase : nullptr;
}

}  // namespace

std::string FindLibrarySymbol(std::string_view beginning) {
  const link_map* const library = FindLibrary();
  if (library == nullptr) return {};
  const DynamicTables tables = ReadDynamicSection(*library);
  if (tables.names == nullptr || tables.symbols == nullptr) return {};
  for (const auto& table : {tables.jump_slots, tables.relocations}) {
    for (const auto& relocation : table) {
      const std::size_t index = SymbolIndex(relocation);
      if (index == 0) continue;
      const std::string_view name = tables.names + tables.symbols[index].st_name;
      if (name.starts_with(beginning)) return std::string(name);
    }
  }
  return {};
}

bool IsLive(const Hook& hook) {
  const std::string name = FindLibrarySymbol(hook.symbol);
  if (name.empty() || NextSymbol<void*>(name.c_str()) == nullptr) return false;
  const void* const resolved = dlsym(RTLD_DEFAULT, name.c_str());
  return resolved != nullptr && ObjectOf(resolved) == ObjectOf(reinterpret_cast<const void*>(&IsLive));
}

std::vector<Hook> AllHooks() {
  std::vector<Hook> hooks;
  for (const auto& group :
       {RestHooks(), QueueHooks(), GatewayHooks(), CommandHooks(), ContextHooks(), LifetimeHooks()}) {
    hooks.insert(hooks.end(), group.begin(), group.end());
  }
  return hooks;
}

}  // namespace guildscope::dpp
