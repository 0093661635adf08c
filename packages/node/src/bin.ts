console.log("quorate");
