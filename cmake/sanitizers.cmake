# GUILDSCOPE_SANITIZE: what looks over our own code while the tests run. What else it takes is in scripts/test.
set(GUILDSCOPE_SANITIZE "" CACHE STRING "address, thread or undefined; several joined by commas")
set(GUILDSCOPE_TIME_FACTOR 1)

if(GUILDSCOPE_SANITIZE)
  add_compile_options(-fsanitize=${GUILDSCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GUILDSCOPE_SANITIZE})
  # What is looked over takes several times as long.
  set(GUILDSCOPE_TIME_FACTOR 3)
endif()
if(GUILDSCOPE_SANITIZE MATCHES thread)
  set(GUILDSCOPE_TIME_FACTOR 6)
endif()

# guildscope_leave_out(<test> <why>): instead of a test that makes no sense under a sanitizer. ctest lists it as skipped.
function(guildscope_leave_out name why)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "left out under GUILDSCOPE_SANITIZE=${GUILDSCOPE_SANITIZE}: ${why}")
  set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "left out" LABELS left_out)
endfunction()
