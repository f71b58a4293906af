# find_package(plyo) with the headers in Plyo's wheel. The target plyo::headers has their folder, C++20, and the flags
# under which every compiler gives the same bits, for programs and tests around a task of one's own. The task itself
# needs no build: plyo.compile compiles its header on the user's machine.
if(NOT TARGET plyo::headers)
  get_filename_component(plyo_INCLUDE_DIR "${CMAKE_CURRENT_LIST_DIR}/../include" ABSOLUTE)
  add_library(plyo::headers INTERFACE IMPORTED)
  set_target_properties(plyo::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${plyo_INCLUDE_DIR}")
  target_compile_features(plyo::headers INTERFACE cxx_std_20)
  if(MSVC)
    target_compile_options(plyo::headers INTERFACE /fp:precise)
  else()
    target_compile_options(plyo::headers INTERFACE
      -ffp-contract=off -fno-math-errno -fno-trapping-math $<$<CXX_COMPILER_ID:GNU>:-fno-tree-slp-vectorize>)
  endif()
endif()
