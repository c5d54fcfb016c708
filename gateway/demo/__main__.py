from gateway.demo.command import demo

demo()
