# Every library that the project uses, found once, with the names the modules link.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(CURL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(opentelemetry-cpp CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(LIBISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(OGG REQUIRED IMPORTED_TARGET ogg)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)

if(GUILDSCOPE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(GUILDSCOPE_TESTS OR GUILDSCOPE_BENCH)
  find_package(benchmark REQUIRED)
endif()

# D++: an installed one, else the one that scripts/build-dpp keeps outside the checkout.
execute_process(COMMAND bash -c ". ${CMAKE_SOURCE_DIR}/scripts/lib.sh && dpp_prefix"
  OUTPUT_VARIABLE dpp_cache ERROR_QUIET)
list(APPEND CMAKE_PREFIX_PATH "${dpp_cache}")
find_path(DPP_INCLUDE_DIR dpp/dpp.h HINTS "${dpp_cache}/include")
find_library(DPP_LIBRARY dpp HINTS "${dpp_cache}/lib")
if(NOT DPP_INCLUDE_DIR OR NOT DPP_LIBRARY)
  message(FATAL_ERROR "D++ is neither installed nor in ${dpp_cache}: run scripts/setup")
endif()
add_library(dpp_imported SHARED IMPORTED)
set_target_properties(dpp_imported PROPERTIES
  IMPORTED_LOCATION "${DPP_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${DPP_INCLUDE_DIR}"
  INTERFACE_COMPILE_DEFINITIONS "DPP_USE_EXTERNAL_JSON")
add_library(dpp::dpp ALIAS dpp_imported)

# The official protocol classes and stubs, compiled by Debian. Our own from the same .proto files would abort at start.
find_library(OTLP_PROTO_LIBRARY opentelemetry_proto REQUIRED)
find_library(OTLP_GRPC_LIBRARY opentelemetry_proto_grpc)
add_library(guildscope_otlp_proto INTERFACE)
target_link_libraries(guildscope_otlp_proto INTERFACE
  ${OTLP_GRPC_LIBRARY} ${OTLP_PROTO_LIBRARY} gRPC::grpc++ protobuf::libprotobuf)

# Warnings, for our own code alone.
add_library(guildscope_flags INTERFACE)
target_compile_options(guildscope_flags INTERFACE -pthread -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Wno-missing-field-initializers)  # designated initializers name what matters; the rest has defaults
