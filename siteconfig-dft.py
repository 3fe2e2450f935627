"""How GPAW is built by `make setup-dft`: with libxc, OpenBLAS and FFTW, without MPI, since each crystal gets one core."""

compiler = "cc"
libraries = ["xc", "openblas", "fftw3"]
extra_compile_args = ["-O3", "-march=native", "-Wno-unknown-pragmas"]
mpi = False
fftw = True
scalapack = False
noblas = False
