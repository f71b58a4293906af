# The flags under which every compiler and instruction set gives the same bits.
add_library(plyo_numeric_contract INTERFACE)
if(MSVC)
  target_compile_options(plyo_numeric_contract INTERFACE /fp:precise /O2)
else()
  # no fused multiply-add in place of a rounded product and a rounded sum; no errno and no traps, which
  # would stop the vectoriser; GCC 12's straight-line vectoriser makes vfmaddsub in spite of the first flag
  target_compile_options(plyo_numeric_contract INTERFACE
    -ffp-contract=off -fno-math-errno -fno-trapping-math -fno-tree-slp-vectorize)
endif()
